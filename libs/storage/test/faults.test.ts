import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  createClients,
  createMetadataStore,
  createObjectStore,
  type MetadataStore,
  type ObjectStore,
} from '../src/index.ts';
import { answer, hang, reset, startFaultServer, throttle, type Fault } from './fault-server.ts';
import { checksum, MIB, newObject, newRow, streamOf } from './samples.ts';

const ATTEMPTS = 2;
const TIMEOUTS = { attempts: ATTEMPTS, connectionMs: 1000, s3IdleMs: 200, dynamodbIdleMs: 200 };

const BYTES = Buffer.from('123456789');
const OBJECT = newObject();
const UPLOAD = { key: OBJECT.key, uploadId: 'upload' };
const ROW = newRow();

/** Every call of the library that is one request. */
const CALLS: Record<string, (objects: ObjectStore, metadata: MetadataStore) => Promise<unknown>> = {
  create: async (objects) => objects.create(OBJECT, BYTES, await checksum('SHA256', BYTES)),
  head: (objects) => objects.head('key'),
  get: (objects) => objects.get('key'),
  remove: (objects) => objects.remove('key'),
  list: (objects) => Array.fromAsync(objects.list()),
  getTags: (objects) => objects.getTags('key'),
  setTags: (objects) => objects.setTags('key', {}),
  ping: (objects) => objects.ping(),
  'multipart.start': (objects) => objects.multipart.start(OBJECT),
  'multipart.putPart': (objects) => objects.multipart.putPart(UPLOAD, 1, BYTES, 'rosUhgp5mIg='),
  'multipart.listParts': (objects) => objects.multipart.listParts(UPLOAD),
  'multipart.complete': (objects) =>
    objects.multipart.complete(UPLOAD, [{ partNumber: 1, etag: '"e"' }], { size: 9 }),
  'multipart.abort': (objects) => objects.multipart.abort(UPLOAD),
  'multipart.list': (objects) => objects.multipart.list(),
  'multipart.startedBefore': (objects) => Array.fromAsync(objects.multipart.startedBefore(0)),
  'metadata.get': (_, metadata) => metadata.get(ROW.file_id),
  'metadata.claim': (_, metadata) => metadata.claim(ROW),
  'metadata.recordStored': (_, metadata) => metadata.recordStored(ROW),
  'metadata.finishClaim': (_, metadata) => metadata.finishClaim(ROW),
  'metadata.recordVerdict': (_, metadata) =>
    metadata.recordVerdict(ROW.file_id, { status: 'VALID' }),
  'metadata.recordPublished': (_, metadata) => metadata.recordPublished(ROW.file_id, true),
  'metadata.recordNotified': (_, metadata) =>
    metadata.recordNotified(ROW.file_id, { event: 'file_uploaded', event_id: 'event' }),
  'metadata.recordFailure': (_, metadata) =>
    metadata.recordFailure(ROW.file_id, { code: 'Fault', message: 'No.' }),
  'metadata.scan': (_, metadata) => Array.fromAsync(metadata.scan()),
  'metadata.hide': (_, metadata) => metadata.hide(ROW.file_id),
  'metadata.hideUpload': (_, metadata) => metadata.hideUpload(ROW.file_id),
  'metadata.bury': (_, metadata) => metadata.bury(ROW.file_id),
  'metadata.removeExpired': (_, metadata) => metadata.removeExpired(ROW.file_id),
  'metadata.remove': (_, metadata) => metadata.remove(ROW.file_id),
  'metadata.list': (_, metadata) => metadata.list('ada', { limit: 10 }),
  'metadata.ping': (_, metadata) => metadata.ping(),
};

/** Runs against a store that treats every request alike; answers how many requests it got. */
async function against(
  fault: Fault,
  run: (objects: ObjectStore, metadata: MetadataStore) => Promise<unknown>,
): Promise<number> {
  const server = await startFaultServer(fault);
  const { s3, dynamodb, destroy } = createClients({
    region: 'us-east-1',
    s3Endpoint: server.endpoint,
    dynamodbEndpoint: server.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local-secret' },
    timeouts: TIMEOUTS,
  });
  try {
    await run(
      createObjectStore({ s3, bucket: 'files' }),
      createMetadataStore({ dynamodb, table: 'files' }),
    );
    return server.requests;
  } finally {
    destroy();
    await server.close();
  }
}

/** What each call fails with, and after how many requests. */
async function outcomes(fault: Fault): Promise<Record<string, string>> {
  const results = Object.entries(CALLS).map(async ([name, call]) => {
    let code = 'no error';
    const requests = await against(fault, (...stores) =>
      call(...stores).catch((error: { code: string }) => (code = error.code)),
    );
    return [name, `${code} after ${requests}`];
  });
  return Object.fromEntries(await Promise.all(results)) as Record<string, string>;
}

const everyCall = (outcome: string) =>
  Object.fromEntries(Object.keys(CALLS).map((name) => [name, outcome]));

test.each([
  ['fails with a 500', answer(500, 'InternalError')],
  ['is unavailable', answer(503, 'ServiceUnavailable')],
  ['throttles', throttle],
  ['breaks the connection', reset],
  ['does not answer', hang],
])('every call is tried a bounded number of times when the store %s', async (_, fault) => {
  expect(await outcomes(fault)).toEqual(everyCall(`STORE_UNAVAILABLE after ${ATTEMPTS}`));
});

test.each([
  ['denies access', answer(403, 'AccessDenied')],
  ['does not know the key that signed', answer(403, 'InvalidAccessKeyId')],
])('every call is tried once when the store %s', async (_, fault) => {
  expect(await outcomes(fault)).toEqual(everyCall('STORE_REFUSED after 1'));
});

test('a store that nothing listens for is unavailable', async () => {
  const { endpoint, close } = await startFaultServer(hang);
  await close();
  const { s3, destroy } = createClients({
    region: 'us-east-1',
    s3Endpoint: endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local-secret' },
    timeouts: TIMEOUTS,
  });
  await expect(createObjectStore({ s3, bucket: 'files' }).ping()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  });
  destroy();
});

test('an error in the body of a completion that began with 200 is an error', async () => {
  await against(answer(200, 'InternalError'), (objects) =>
    expect(
      objects.multipart.complete(UPLOAD, [{ partNumber: 1, etag: '"e"' }]),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' }),
  );
});

test('a completion that S3 takes for invalid is not taken for one of the wrong size', async () => {
  await against(answer(400, 'InvalidRequest'), (objects) =>
    expect(
      objects.multipart.complete(UPLOAD, [{ partNumber: 1, etag: '"e"' }], { size: 9 }),
    ).rejects.toMatchObject({ code: 'STORE_REFUSED' }),
  );
});

test.each([
  ['breaks', (response: ServerResponse) => void response.req.socket.destroy()],
  ['goes silent', () => undefined],
])('reading an object ends with an error when its stream %s half-way', async (_, then) => {
  const half: Fault = (response) => {
    response.writeHead(200, { 'content-length': '10', 'content-type': 'text/plain' });
    response.write('01234', () => then(response));
  };
  await against(half, async (objects) => {
    const { body } = await objects.get('key');
    await expect(buffer(body)).rejects.toThrow();
  });
});

test("a stream that cannot be stored is closed, and the error is the store's", async () => {
  let closed = false;
  async function* source() {
    try {
      yield* streamOf(Buffer.alloc(6 * MIB));
    } finally {
      closed = true;
    }
  }
  await against(answer(503, 'SlowDown'), (objects) =>
    expect(
      objects.stage(OBJECT, source(), { maxBytes: 64 * MIB, partSize: 5 * MIB }),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' }),
  );
  expect(closed).toBe(true);
});
