const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;
const PENDING_DAYS = 7;

/**
 * Every limit of the service, in one place. Sizes are bytes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html S3 multipart limits
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html the 6 MB event
 */
export const LIMITS = {
  /**
   * The largest file that fits a Lambda event (6 MB) once it is base64. Also the largest file in
   * a JSON body anywhere, because such a body is held in memory.
   */
  lambdaInlineBytes: 4_500_000,
  /** The largest form upload of a server unless `MAX_INLINE_BYTES` says otherwise. */
  serverInlineBytes: 5 * GIB,
  singlePutBytes: 5 * GIB,
  minPartBytes: 5 * MIB,
  maxPartBytes: 5 * GIB,
  maxParts: 10_000,
  /** Parts that one request has signed. */
  partsPerRequest: 1000,
  /** The largest file that comes as a form: what the store copies well within a task's time. */
  formBytes: GIB / 2,
  /** A file of more bytes is uploaded in parts, so that little of it is sent again. */
  singleUploadBytes: 16 * MIB,
  /** Bytes of a part, unless it takes larger ones to be {@link LIMITS.maxParts}. */
  defaultPartBytes: 8 * MIB,
  maxObjectBytes: 50 * TIB,
  /** Characters (Unicode code points) of a file name. */
  fileNameLength: 255,
  contentTypeLength: 255,
  idempotencyKeyLength: 255,
  /** A history that has this many entries gets no more failures; nothing else happens often. */
  historyLength: 100,
  /** Files in one page of a listing. */
  pageSize: 100,
  /** Milliseconds in which a client has to send some of its body. */
  slowBodyMs: 30_000,
  /** Header lines in one request. */
  requestHeaders: 100,
  /** Seconds a presigned URL is good for. */
  presignedUrlSeconds: 900,
  /**
   * Days that an upload has to arrive, and its parts are kept: S3's lifecycle rules know no smaller
   * unit. A week is enough for 50 TiB at a gigabit a second.
   */
  pendingDays: PENDING_DAYS,
  /** The same in seconds: after them a PENDING row counts as gone. */
  pendingSeconds: PENDING_DAYS * 24 * 60 * 60,
  /**
   * Seconds for which the id of a deleted file is remembered whose bytes somebody may still send. A
   * request that began while its URL was good takes as long as its line is slow.
   */
  buriedSeconds: 24 * 60 * 60,
} as const;
