import type { FileEvent, FileEventName } from '@file-upload/shared-types';
import { toMetadata, type FileRow } from '@file-upload/storage';
import { derivedId } from './derived-id.ts';

/** What the state machine publishes of a file. */
export interface Notification {
  event: FileEventName;
  event_id: string;
  file_id: string;
  /** Attributes of the message, for subscribers' filters. SNS takes no empty ones. */
  owner: string;
  content_type: string;
  /** A {@link FileEvent} in JSON. */
  message: string;
}

/** What a verdict is announced as. */
export function eventNameOf(status: 'VALID' | 'INVALID'): FileEventName {
  return status === 'VALID' ? 'file_uploaded' : 'file_rejected';
}

/**
 * The announcement of a verdict; the same verdict on the same bytes has the same `event_id`.
 *
 * @param etag of the object; empty where there is none
 */
export function notificationOf(
  row: FileRow,
  status: 'VALID' | 'INVALID',
  etag: string,
  baseUrl: string,
): Notification {
  const event = eventNameOf(status);
  const { file_id, owner, content_type } = row;
  const event_id = derivedId(file_id, event, etag);
  const message: FileEvent = { event, event_id, ...toMetadata(row, baseUrl) };
  return { event, event_id, file_id, owner, content_type, message: JSON.stringify(message) };
}
