import * as Type from 'typebox';
import type { Static } from 'typebox';
import { FileId, FileMetadata } from './metadata.ts';
import { reference } from './reference.ts';

/** What the service announces of a file. */
export const FileEventName = Type.Enum(['file_uploaded', 'file_rejected'], {
  type: 'string',
  description: 'file_uploaded: the file is VALID. file_rejected: it is INVALID.',
});
export type FileEventName = Static<typeof FileEventName>;

/**
 * The announcement of a file: the message that subscribers get. It is sent at least once, and
 * every time with the same `event_id`.
 */
export const FileEvent = Type.Object(
  {
    ...FileMetadata.properties,
    event: FileEventName,
    event_id: Type.String({
      description: 'The same for every copy of one announcement: keep it to tell copies apart.',
    }),
  },
  { $id: 'FileEvent', description: 'The announcement of a file.' },
);
export type FileEvent = Static<typeof FileEvent>;

/** One thing that happened to a file. */
export const HistoryEntry = Type.Object(
  {
    time: Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' }),
    event: Type.Enum(['received', 'validated', 'rejected', 'notified', 'failed'], {
      type: 'string',
      description:
        'received: its bytes are durable. validated, rejected: they were examined. notified: it was announced. failed: the workflow gave up for now.',
    }),
    retries: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'How often it was tried again before it went well.',
      }),
    ),
    code: Type.Optional(Type.String({ description: 'Why it was rejected or failed.' })),
    message: Type.Optional(
      Type.String({ description: 'The same for people, or what it was announced as.' }),
    ),
    event_id: Type.Optional(FileEvent.properties.event_id),
  },
  { $id: 'HistoryEntry', description: 'One thing that happened to a file.' },
);
export type HistoryEntry = Static<typeof HistoryEntry>;

export const FileHistory = Type.Object(
  {
    file_id: FileId,
    history: Type.Array(reference(HistoryEntry), { description: 'Oldest first.' }),
  },
  { $id: 'FileHistory', additionalProperties: false },
);
export type FileHistory = Static<typeof FileHistory>;
