/** Bytes of a file: those that are sent, and all. */
export interface UploadProgress {
  sent: number;
  total: number;
}

/** Adds up what has been sent of the parts of a file. */
export function createProgress(
  total: number,
  onProgress: ((progress: UploadProgress) => void) | undefined,
) {
  const sentOf = new Map<number, number>();
  let sent = 0;
  let shown = -1;
  return (part: number, bytes: number): void => {
    sent += bytes - (sentOf.get(part) ?? 0);
    sentOf.set(part, bytes);
    // What is sent again does not count twice, and nobody likes to see progress go back.
    if (sent <= shown) return;
    shown = sent;
    onProgress?.({ sent, total });
  };
}
