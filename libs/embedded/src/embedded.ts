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
  /** Lets running requests finish, then releases everything. */
  close: () => Promise<void>;
}

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
