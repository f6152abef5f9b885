import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { SignJWT, UnsecuredJWT } from 'jose';
import { buildApp } from '../src/app.ts';
import { SETTINGS, startService, type Service } from './service.ts';
import { fileIdOf, post, uppyClient } from './uppy-client.ts';

const SECRET = 'what the tests sign their tokens with';
const PART = randomBytes(1000);
const UNKNOWN = { status: 404, body: { code: 'UPLOAD_NOT_FOUND' } };

let service: Service;
beforeAll(async () => {
  service = await startService({ settings: { uploadTokenSecret: SECRET } });
});
afterAll(() => service.close());

interface Claims {
  sub?: string | undefined;
  /** As jose takes it; null: none. */
  exp?: string | null;
  nbf?: string;
  alg?: string;
}

/** A token as README.md says how to make one. */
async function tokenOf(
  { sub = 'alice', exp = '1h', nbf, alg = 'HS256' }: Claims = {},
  secret = SECRET,
): Promise<string> {
  const token = new SignJWT().setProtectedHeader({ alg });
  if (sub !== '') token.setSubject(sub);
  if (exp !== null) token.setExpirationTime(exp);
  if (nbf !== undefined) token.setNotBefore(nbf);
  return await token.sign(new TextEncoder().encode(secret));
}
const clientOf = (token: string) => uppyClient(() => service.url, `/u/${token}`);
const file = { filename: 'a.bin', type: 'application/octet-stream' };

test('who has a token is the owner of what it uploads', async () => {
  const uppy = clientOf(await tokenOf({ sub: 'auth0|64-alice@example.com' }));
  const { body: form } = await uppy.params(file);
  expect((await post(form, PART)).ok).toBe(true);
  const { body: upload } = await uppy.open(file);
  const parts = [await uppy.sendPart(upload, 1, PART)];
  expect((await uppy.complete(upload, parts)).status).toBe(200);
  for (const key of [form.fields['key']!, upload.key]) {
    expect(await service.stores.metadata.get(fileIdOf(key))).toMatchObject({
      owner: 'auth0|64-alice@example.com',
    });
  }
});

test("another owner's upload is as unknown as what never was", async () => {
  const [alice, bob] = [
    clientOf(await tokenOf()),
    clientOf(await tokenOf({ sub: 'bob' })),
  ] as const;
  const { body: upload } = await alice.open(file);
  const parts = [await alice.sendPart(upload, 1, PART)];
  for (const answer of [
    await bob.list(upload),
    await bob.sign(upload, 1),
    await bob.batch(upload, '1'),
    await bob.complete(upload, parts),
    await bob.abort(upload),
  ]) {
    expect(answer).toMatchObject(UNKNOWN);
  }
  // Another token of the same owner will do.
  const later = clientOf(await tokenOf({ exp: '2h' }));
  expect((await later.complete(upload, parts)).status).toBe(200);
});

const forged = async () => {
  const [header, , signature] = (await tokenOf()).split('.');
  const [, payload] = (await tokenOf({ sub: 'bob' })).split('.');
  return [header, payload, signature].join('.');
};
test.each<[string, () => string | Promise<string>, string]>([
  ['that has expired', () => tokenOf({ exp: '-1s' }), 'TOKEN_EXPIRED'],
  ['without an end', () => tokenOf({ exp: null }), 'TOKEN_INVALID'],
  ['that is not valid yet', () => tokenOf({ nbf: '1h' }), 'TOKEN_INVALID'],
  ['of nobody', () => tokenOf({ sub: '' }), 'TOKEN_INVALID'],
  ['of too long a name', () => tokenOf({ sub: 'a'.repeat(129) }), 'TOKEN_INVALID'],
  ['of a name that cannot be shown', () => tokenOf({ sub: 'a\nb' }), 'TOKEN_INVALID'],
  ['signed with another secret', () => tokenOf({}, `${SECRET}.`), 'TOKEN_INVALID'],
  [
    'signed by another algorithm',
    () => tokenOf({ alg: 'HS512' }, SECRET.repeat(2)),
    'TOKEN_INVALID',
  ],
  [
    'signed by nobody',
    () => new UnsecuredJWT().setSubject('alice').setExpirationTime('1h').encode(),
    'TOKEN_INVALID',
  ],
  ['with the claims of another', forged, 'TOKEN_INVALID'],
  ['that is none', () => 'token', 'TOKEN_INVALID'],
])('a token %s is refused by every route, and not repeated', async (_, make, code) => {
  const token = await make();
  const uppy = clientOf(token);
  const upload = { key: 'x/y', uploadId: 'z' };
  for (const answer of [
    await uppy.params(file),
    await uppy.open(file),
    await uppy.list(upload),
    await uppy.sign(upload, 1),
    await uppy.batch(upload, '1'),
    await uppy.complete(upload, []),
    await uppy.abort(upload),
  ]) {
    expect(answer).toMatchObject({ status: 401, body: { code } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(JSON.stringify(answer.body)).not.toContain(token === 'token' ? '/u/token' : token);
  }
  expect(await Array.fromAsync(service.stores.metadata.scan())).not.toContainEqual(
    expect.objectContaining({ file_name: 'x' }),
  );
});

test('without a token, the answer says where one belongs', async () => {
  const { status, body } = await uppyClient(() => service.url).params(file);
  expect({ status, code: body.code }).toEqual({ status: 401, code: 'TOKEN_REQUIRED' });
  expect(body.message).toContain('/u/{token}/s3');
});

test('Uppy may keep the slash at the end of its endpoint', async () => {
  const token = await tokenOf();
  for (const path of [`/u/${token}//s3/params`, `//u/${token}/s3/params`]) {
    const answer = await fetch(`${service.url}${path}?filename=a`);
    expect(answer.status).toBe(200);
  }
});

test('where no secret is set, nobody needs a token, and none is taken', async () => {
  const open = await startService();
  const without = await uppyClient(() => open.url).params(file);
  expect(without.status).toBe(200);
  const withToken = await uppyClient(() => open.url, `/u/${await tokenOf()}`).params(file);
  expect(withToken).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } });
  await open.close();
});

test('a token is neither logged nor repeated in an error', async () => {
  let log = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      log += chunk.toString();
      done();
    },
  });
  const app = await buildApp({
    ...service.stores,
    logger: { level: 'trace', stream },
    settings: { ...SETTINGS, baseUrl: () => '', uploadTokenSecret: SECRET },
  });
  const token = await tokenOf();
  for (const [method, path, status] of [
    ['GET', `/u/${token}/s3/params?filename=a`, 200],
    ['GET', `//u//${token}/s3/params?filename=a`, 200],
    ['GET', `/u/${token}/s3/params`, 400],
    ['PUT', `/u/${token}/s3/params`, 405],
    ['GET', `/u/${token}/s3`, 404],
    ['GET', `/u/${token}`, 404],
    ['GET', `/u/${token}x/s3/params?filename=a`, 401],
    ['GET', `/u/${token}/s3/multipart/x/1?key=y`, 404],
    ['GET', `/u/${token}/%/x`, 400],
    ['OPTIONS', `/u/${token}/s3/params`, 204],
  ] as const) {
    const headers = { origin: 'https://example.com', 'access-control-request-method': 'GET' };
    const answer = await app.inject({ method, url: path, headers });
    expect({ path, status: answer.statusCode }).toEqual({ path, status });
    expect(answer.body).not.toContain(token.slice(0, -1));
  }
  await app.close();
  expect(log).toContain('/u/[token]/s3/params');
  expect(log).not.toContain(token.slice(0, -1));
});
