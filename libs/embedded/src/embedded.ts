import type { Delivery, DeliveryOptions, HandleEvent } from './event-delivery.ts';

/** How to run what stands in for AWS on a laptop. */
export interface EmbeddedOptions {
  /** Everything is kept under this folder, which is made when it is not there. */
  dataDir: string;
  /** Where S3 listens on 127.0.0.1; 0 means any free port. */
  s3Port: number;
}

/** What is running, and how AWS clients reach it. */
export interface Embedded {
  /** `http://127.0.0.1:<port>`; clients have to use path-style addresses. */
  s3Endpoint: string;
  dynamodbEndpoint: string;
  region: 'us-east-1';
  /** Exists from the first start on. */
  bucket: 'file-upload';
  /** Made at the first start, and the same ever after. */
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** An AWS credentials file with the profile `default`. */
  credentialsFile: string;
  /**
   * Hands every event that has not been finished to `handle`, oldest first, several at a time:
   * those from before this start, and each new one. An event is that an object was created in the
   * bucket, and is written with the object.
   *
   * When `handle` resolves, the event is finished. When it rejects, it is handed over again after a
   * growing wait (1 s, doubling, at most a minute), for ever, and after a restart. Events may come
   * more than once. What is delivered is finished for all, so there is to be one delivery.
   */
  deliver: (handle: HandleEvent, options?: DeliveryOptions) => Delivery;
  /**
   * Lets running requests finish, then releases everything. It does not wait for a delivery, which
   * hands nothing over from now on; stop that first, and no event comes again needlessly.
   */
  close: () => Promise<void>;
}

/** What one thread can tell another of {@link Embedded}. */
export type EmbeddedAddresses = Omit<Embedded, 'deliver' | 'close'>;

/**
 * Why nothing is running. `code` is that of the cause: `LEVEL_LOCKED` where another process uses
 * the folder, `EADDRINUSE`, or the code of the file system. The message says what to do.
 */
export class EmbeddedStartError extends Error {
  override readonly name = 'EmbeddedStartError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
