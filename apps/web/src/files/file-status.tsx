import type { FileMetadata } from '@file-upload/api-client';

type Status = FileMetadata['validation_status'];

export const STATUS_WORDS: Record<Status, string> = {
  PENDING: 'Waiting for bytes',
  UPLOADED: 'Being checked',
  VALID: 'Ready',
  INVALID: 'Rejected',
};

/** Where a file stands, and of a rejected one why. */
export function FileStatus({ file }: { file: FileMetadata }) {
  const { validation_status: status, validation_error: reason } = file;
  return (
    <p class="status" data-status={status}>
      <span class="status-badge">{STATUS_WORDS[status]}</span>
      {status === 'INVALID' && reason && <span class="status-reason">{reason.message}</span>}
    </p>
  );
}
