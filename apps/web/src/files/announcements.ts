import type { FileMetadata } from '@file-upload/api-client';

const AT_ONCE = 3;

export interface Announcement {
  text: string;
  /** Whether it says what went wrong: it is told first, and always. */
  isUrgent?: boolean;
}

/** What to tell of the changes between two states of the list to who does not see it. */
export function changesToTell(before: FileMetadata[], after: FileMetadata[]): Announcement[] {
  const known = new Map(before.map((file) => [file.file_id, file.validation_status]));
  const changed = after.filter(({ file_id, validation_status }) => {
    const status = known.get(file_id);
    return status !== undefined && status !== validation_status;
  });
  const rejected = changed.filter(isRejected);
  const others = changed.filter((file) => !isRejected(file)).map((file) => ({ text: tell(file) }));
  return [
    ...rejected.map((file) => ({ text: tell(file), isUrgent: true })),
    ...(others.length > AT_ONCE ? [{ text: `${others.length} files were checked.` }] : others),
  ];
}

function isRejected({ validation_status }: FileMetadata): boolean {
  return validation_status === 'INVALID';
}

function tell({ file_name, validation_status, validation_error }: FileMetadata): string {
  if (validation_status === 'VALID') return `${file_name} is ready.`;
  if (validation_status === 'INVALID') {
    return `${file_name} was rejected. ${validation_error?.message ?? ''}`.trim();
  }
  return `${file_name} has arrived.`;
}

/** Several things to tell, as one that does not take longer to listen to than it must. */
export function tellTogether(announcements: Announcement[]): string {
  const urgent = announcements.filter(({ isUrgent }) => isUrgent);
  const others = announcements.filter(({ isUrgent }) => !isUrgent);
  const told = [...urgent, ...others.slice(0, AT_ONCE)].map(({ text }) => text).join(' ');
  const more = others.length - AT_ONCE;
  return more > 0 ? `${told} And ${more} more.` : told;
}
