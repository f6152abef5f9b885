import type { FileMetadata } from '@file-upload/api-client';

const AT_ONCE = 3;

/** What to tell of the changes between two states of the list to who does not see it. */
export function changesToTell(before: FileMetadata[], after: FileMetadata[]): string {
  const known = new Map(before.map((file) => [file.file_id, file.validation_status]));
  const changed = after.filter(({ file_id, validation_status }) => {
    const status = known.get(file_id);
    return status !== undefined && status !== validation_status;
  });
  if (changed.length > AT_ONCE) return `${changed.length} files were checked.`;
  return changed.map(tell).join(' ');
}

function tell({ file_name, validation_status, validation_error }: FileMetadata): string {
  if (validation_status === 'VALID') return `${file_name} is ready.`;
  if (validation_status === 'INVALID') {
    return `${file_name} was rejected. ${validation_error?.message ?? ''}`.trim();
  }
  return `${file_name} has arrived.`;
}

/** Several things to tell, as one that does not take long to listen to. */
export function tellTogether(messages: string[]): string {
  const more = messages.length - AT_ONCE;
  const told = messages.slice(0, AT_ONCE).join(' ');
  return more > 0 ? `${told} And ${more} more.` : told;
}
