import type {
  Checksum,
  FileEventName,
  HistoryEntry,
  ImageSize,
  ProcessingError,
  ValidationError,
  ValidationStatus,
  Visibility,
} from '@file-upload/shared-types';
import type { MultipartUpload } from './multipart.ts';

/** How the bytes of a file are to arrive, where they do not pass through the service. */
export type UploadPlan =
  | { type: 'single' }
  | {
      type: 'multipart';
      upload_id: string;
      /** Bytes of every part but the last. */
      part_size: number;
      part_count: number;
    }
  /** One form, that is posted to the file's {@link incomingKey}; of a size that nobody declared. */
  | { type: 'form' }
  /** Parts that the client cuts as it likes; of a size that nobody declared. */
  | { type: 'parts'; upload_id: string };

/** The row of a file. A PENDING one may not know its size and checksum yet. */
export interface FileRow {
  file_id: string;
  file_name: string;
  content_type: string;
  /** Bytes. */
  file_size?: number | undefined;
  s3_key: string;
  /** RFC 3339, UTC. */
  upload_time: string;
  validation_status: ValidationStatus;
  validation_error?: ValidationError | undefined;
  /** Why the workflow has not come to its end; gone once it has. */
  processing_error?: ProcessingError | undefined;
  /** The media type that the bytes show; of a VALID file. */
  detected_type?: string | undefined;
  /** Of a VALID file. */
  image?: ImageSize | undefined;
  checksum?: Checksum | undefined;
  visibility: Visibility;
  owner: string;
  /** Of a direct upload. */
  upload?: UploadPlan | undefined;
  /** Seconds since 1970; from then on the row counts as gone. Only PENDING rows have it. */
  expires_at?: number | undefined;
  /** Being deleted: the row counts as gone, and stays until its object is. Expires only once buried. */
  deleting?: true | undefined;
  /** Anybody may read the object. */
  published?: true | undefined;
  /** The last announcement that was made of the file. */
  announced?: FileEventName | undefined;
  /** Oldest first. A PENDING row has none. */
  history?: HistoryEntry[] | undefined;
}

/** The upload in parts that a row waits for; undefined where its bytes arrive in one piece. */
export function multipartOf({ s3_key: key, upload }: FileRow): MultipartUpload | undefined {
  return upload && 'upload_id' in upload ? { key, uploadId: upload.upload_id } : undefined;
}

/** What was found of a file's bytes. What a VALID one leaves out stays as it is in the row. */
export type Verdict =
  | {
      status: 'VALID';
      detected_type?: string | undefined;
      image?: ImageSize | undefined;
      checksum?: Checksum | undefined;
    }
  | { status: 'INVALID'; error: ValidationError };

/** A row whose bytes are durable. */
export type StoredFileRow = FileRow & { file_size: number; checksum: Checksum };
