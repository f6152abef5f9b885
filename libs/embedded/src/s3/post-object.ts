import { Busboy } from '@fastify/busboy';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LIMITS } from '@file-upload/shared-types';
import type { Credentials } from './authenticate.ts';
import { S3Error, notImplemented } from './errors.ts';
import { declaredChecksum } from './integrity.ts';
import {
  METADATA_PREFIX,
  STORED_HEADERS,
  asHeaderBytes,
  readObjectHeaders,
} from './object-headers.ts';
import { DEFAULT_ALGORITHM, commitReceived } from './object-write.ts';
import type { ObjectRecord } from './object-index.ts';
import { checkPostPolicy, type FormFields, type SizeRange } from './post-policy.ts';
import { checksumHeaders, reply } from './reply.ts';
import { incomingBytes } from './request-body.ts';
import { headerOf, requireKeyLength } from './request.ts';
import { receive, requireBucket, type Call, type Received } from './store.ts';
import { parseTagXml, type Tags } from './tags.ts';
import { uriEncode } from './uri.ts';
import { writeXml } from './xml.ts';

/** All fields before the file together. */
const MAX_FIELDS_BYTES = 20 * 1024;

/** Fields that are understood, beside metadata and checksums; any other is refused. */
const KNOWN = new Set<string>([
  ...STORED_HEADERS,
  'acl',
  'bucket',
  'key',
  'policy',
  'success_action_redirect',
  'success_action_status',
  'tagging',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-signature',
]);

/**
 * Takes a file from an HTML form, authorised by the policy in its fields. The file streams; only
 * the fields are held in memory.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function postObject(call: Call, credentials: Credentials): Promise<void> {
  const { store, request } = call;
  const { bucket } = request;
  requireBucket(store, bucket);
  const form = await readForm(call, async (fields, fileName, chunks) => {
    const range = checkPostPolicy(bucket, fields, credentials);
    refuseUnknown(fields);
    const key = fields.get('key')?.replaceAll('${filename}', fileName);
    if (!key) throw new S3Error('UserKeyMustBeSpecified');
    requireKeyLength(key);
    const answer = readAnswer(fields);
    const described = describe(fields);
    const checksum = declaredChecksum((name) => fields.get(name));
    const algorithm = checksum?.algorithm ?? DEFAULT_ALGORITHM;
    const received = await receive(store, limited(chunks, range), ['MD5', algorithm], (digests) => {
      if (checksum && digests.get(algorithm) !== checksum.value) throw new S3Error('BadDigest');
    });
    return { key, received, described, algorithm, answer };
  });
  const { key, answer, ...object } = form;
  const record = await commitReceived(store, {
    bucket,
    key,
    ...object,
    precondition: () => undefined,
    reason: 'POST Object',
  });
  answer(call, key, record);
}

type TakeFile<T> = (
  fields: FormFields,
  fileName: string,
  chunks: AsyncIterable<Buffer>,
) => Promise<T & { received: Received }>;

/** Parses the form to its end, so that a second file or a torn body is known before the commit. */
async function readForm<T>(call: Call, takeFile: TakeFile<T>): Promise<T & { received: Received }> {
  const { request, response, store } = call;
  const type = headerOf(request.http, 'content-type') ?? '';
  if (headerOf(request.http, 'content-length') === undefined) {
    throw new S3Error('MissingContentLength');
  }
  let parser: InstanceType<typeof Busboy>;
  try {
    parser = new Busboy({
      headers: { ...request.http.headers, 'content-type': type },
      limits: { fieldNameSize: 1024, fieldSize: MAX_FIELDS_BYTES, fields: 100, headerPairs: 20 },
    });
  } catch (error) {
    throw new S3Error('MalformedPOSTRequest', error instanceof Error ? error.message : undefined);
  }

  const fields = new Map<string, string>();
  let fieldBytes = 0;
  let files = 0;
  let taken: Promise<T & { received: Received }> | undefined;
  const refuse = (error: Error): void => void parser.destroy(error);

  parser.on('field', (name, value, nameCut, valueCut) => {
    if (taken) return; // What comes after the file is ignored, as on S3.
    fieldBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (nameCut || valueCut || fieldBytes > MAX_FIELDS_BYTES) {
      return refuse(new S3Error('MaxPostPreDataLengthExceeded'));
    }
    const lower = name.toLowerCase();
    if (fields.has(lower)) {
      return refuse(new S3Error('InvalidArgument', `The field ${name} is there twice.`));
    }
    fields.set(lower, value);
  });
  parser.on('fieldsLimit', () => refuse(new S3Error('MaxPostPreDataLengthExceeded')));
  parser.on('file', (name, stream, fileName) => {
    files += 1;
    if (files > 1 || name.toLowerCase() !== 'file') {
      stream.resume();
      return refuse(new S3Error('IncorrectNumberOfFilesInPostRequest'));
    }
    taken = takeFile(fields, baseName(fileName ?? ''), stream as AsyncIterable<Buffer>);
    taken.catch(refuse);
  });

  try {
    await pipeline(Readable.from(incomingBytes(request, response)), parser);
  } catch (error) {
    const received = await taken?.catch(() => undefined);
    if (received) await store.blobs.remove([received.received.blob]);
    if (error instanceof S3Error || !isParserError(error)) throw error;
    throw new S3Error('MalformedPOSTRequest');
  }
  if (!taken) throw new S3Error('IncorrectNumberOfFilesInPostRequest');
  return taken;
}

function isParserError(error: unknown): boolean {
  return error instanceof Error && !('syscall' in error);
}

/** Browsers of old sent whole paths. */
function baseName(fileName: string): string {
  return fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
}

async function* limited(chunks: AsyncIterable<Buffer>, range: SizeRange): AsyncGenerator<Buffer> {
  const max = Math.min(range.max, LIMITS.singlePutBytes);
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > max) {
      throw new S3Error('EntityTooLarge', undefined, { MaxSizeAllowed: String(max) });
    }
    yield chunk;
  }
  if (size < range.min) {
    throw new S3Error('EntityTooSmall', undefined, {
      ProposedSize: String(size),
      MinSizeAllowed: String(range.min),
    });
  }
}

function refuseUnknown(fields: FormFields): void {
  for (const name of fields.keys()) {
    const known = KNOWN.has(name) || /^(x-ignore-|x-amz-checksum-(crc|sha)|x-amz-meta-)/.test(name);
    if (!known) throw notImplemented(`the form field ${name}`);
  }
  const acl = fields.get('acl');
  if (acl !== undefined && acl !== 'private') throw notImplemented('access control lists');
}

function describe(fields: FormFields): ReturnType<typeof readObjectHeaders> {
  const stored: readonly string[] = STORED_HEADERS;
  const kept = [...fields].filter(
    ([name]) => stored.includes(name) || name.startsWith(METADATA_PREFIX),
  );
  const tagging = fields.get('tagging');
  const tags: Tags = tagging === undefined ? [] : parseTagXml(tagging);
  const headers = new Map(kept.map(([name, value]) => [name, asHeaderBytes(value)]));
  return { ...readObjectHeaders(headers), tags };
}

/** How success is answered: 204, 201 with a document, 200, or by sending the browser elsewhere. */
function readAnswer(fields: FormFields): (call: Call, key: string, object: ObjectRecord) => void {
  const redirect = fields.get('success_action_redirect');
  const target = redirect === undefined ? undefined : URL.parse(redirect);
  const status = fields.get('success_action_status');
  return ({ request, response }, key, object) => {
    const path = `/${request.bucket}/${key.split('/').map(uriEncode).join('/')}`;
    const location = `http://${headerOf(request.http, 'host') ?? ''}${path}`;
    const headers = { etag: `"${object.etag}"`, location, ...checksumHeaders(object.checksum) };
    if (target && /^https?:$/.test(target.protocol)) {
      target.searchParams.set('bucket', request.bucket);
      target.searchParams.set('key', key);
      target.searchParams.set('etag', headers.etag);
      return reply(response, 303, { ...headers, location: target.href });
    }
    if (status !== '201') return reply(response, status === '200' ? 200 : 204, headers);
    const body = Buffer.from(
      writeXml('PostResponse', {
        Location: location,
        Bucket: request.bucket,
        Key: key,
        ETag: headers.etag,
      }),
    );
    response.writeHead(201, {
      ...headers,
      'content-type': 'application/xml',
      'content-length': body.length,
    });
    response.end(body);
  };
}
