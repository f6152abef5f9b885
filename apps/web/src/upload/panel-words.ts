export interface PanelCounts {
  files: number;
  /** Have arrived, those that were rejected then as well. */
  sent: number;
  failed: number;
  rejected: number;
}

type Words = Record<string, string | Record<number, string>>;

/**
 * What the panel says where Uppy's own words would be wrong: it counts failed files among those it
 * uploads, and does not know that a file may be rejected once it has arrived.
 */
export function panelWords({ files, sent, failed, rejected }: PanelCounts): Words {
  if (rejected > 0) {
    const complete = `Sent ${sent}, ${rejected} rejected`;
    return { ...failureWords({ files, sent, failed }), uploadComplete: complete, complete };
  }
  return failureWords({ files, sent, failed });
}

function failureWords({ files, sent, failed }: Omit<PanelCounts, 'rejected'>): Words {
  if (failed === 0) return {};
  const error = `${failed} of ${files} ${files === 1 ? 'file' : 'files'} failed`;
  const going = files - sent - failed;
  const uploading = going > 0 ? `Uploading ${going}, ${failed} failed` : error;
  return { error, uploadingXFiles: { 0: uploading, 1: uploading } };
}
