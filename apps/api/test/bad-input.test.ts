import { once } from 'node:events';
import { connect } from 'node:net';
import type { FileList, Problem } from '@file-upload/shared-types';
import { formOf, json, startService, type Service } from './service.ts';

const MAX_INLINE = 1024 ** 2;

let service: Service;
beforeAll(async () => {
  service = await startService({ settings: { maxInlineBytes: MAX_INLINE, slowBodyMs: 200 } });
});
afterAll(() => service.close());

/** Whatever was refused must have left nothing behind. */
afterEach(async () => {
  const { files } = await json<FileList>(await fetch(`${service.url}/files`));
  expect(files).toEqual([]);
  expect(await Array.fromAsync(service.stores.objects.list())).toEqual([]);
  expect(await service.stores.objects.multipart.list()).toEqual([]);
});

const UNKNOWN = '019ab3c2-7e5d-7a41-9c3e-5d2f8b6a1e04';
const JSON_TYPE = { 'content-type': 'application/json' };
const send = (method: string, path: string, init: RequestInit = {}) =>
  fetch(`${service.url}${path}`, { method, ...init });
const sendJson = (body: object | string) =>
  send('POST', '/files', {
    headers: JSON_TYPE,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const sendForm = (body: FormData) => send('POST', '/files', { body });
const rawForm = (text: string) => ({
  headers: { 'content-type': 'multipart/form-data; boundary=x' },
  body: text.replaceAll('\n', '\r\n'),
});
const filePart = (disposition: string, type = 'text/plain') =>
  `--x\nContent-Disposition: form-data; ${disposition}\nContent-Type: ${type}\n\nhello\n`;

function manyFields(): FormData {
  const form = new FormData();
  for (let field = 0; field < 20; field++) form.append(`field${field}`, 'x');
  return form;
}

function twoFiles(): FormData {
  const form = formOf('one', 'one.txt');
  form.append('file', new Blob(['two']), 'two.txt');
  return form;
}

const content = { file_content: 'aGVsbG8=' };
const wrongSha256 = { algorithm: 'SHA256', value: Buffer.alloc(32).toString('base64') };
const wrongCrc = { algorithm: 'CRC64NVME', value: Buffer.alloc(8).toString('base64') };

const CASES: [string, () => Promise<Response>, number, Problem['code']][] = [
  ['no body', () => send('POST', '/files'), 400, 'EMPTY_BODY'],
  ['an empty JSON body', () => sendJson(''), 400, 'EMPTY_BODY'],
  ['JSON null', () => sendJson('null'), 400, 'INVALID_REQUEST'],
  ['broken JSON', () => sendJson('{"file_content":'), 400, 'INVALID_JSON'],
  [
    'JSON that wants to poison prototypes',
    () => sendJson('{"__proto__":{"a":1},"file_content":""}'),
    400,
    'INVALID_JSON',
  ],
  ['no file_content', () => sendJson({ file_name: 'a' }), 400, 'INVALID_BASE64'],
  ['a number as file_content', () => sendJson({ file_content: 5 }), 400, 'INVALID_BASE64'],
  ['bad base64', () => sendJson({ file_content: '#!' }), 400, 'INVALID_BASE64'],
  ['base64 without padding', () => sendJson({ file_content: 'aGVsbG8' }), 400, 'INVALID_BASE64'],
  ['base64url', () => sendJson({ file_content: '_-_-' }), 400, 'INVALID_BASE64'],
  ['an unknown member', () => sendJson({ ...content, name: 'a' }), 400, 'INVALID_REQUEST'],
  [
    'an unknown visibility',
    () => sendJson({ ...content, visibility: 'all' }),
    400,
    'INVALID_REQUEST',
  ],
  ['a form without a file', () => sendForm(manyFieldsUpTo(1)), 400, 'FILE_PART_MISSING'],
  ['a form with many fields', () => sendForm(manyFields()), 400, 'INVALID_FORM'],
  ['a form without a boundary', () => send('POST', '/files', noBoundary()), 400, 'INVALID_FORM'],
  ['two files', () => sendForm(twoFiles()), 400, 'TOO_MANY_FILES'],
  ['an unknown field', () => sendForm(formOf('x', 'x', { colour: 'red' })), 400, 'INVALID_FORM'],
  [
    'a checksum field that is not JSON',
    () => sendForm(formOf('x', 'x', { checksum: 'abc' })),
    400,
    'INVALID_FORM',
  ],
  [
    'a field that is longer than any',
    () => sendForm(formOf('x', 'x', { file_name: 'a'.repeat(5000) })),
    400,
    'INVALID_FORM',
  ],
  [
    'a file part of another name',
    () => send('POST', '/files', rawForm(`${filePart('name="upload"; filename="a"')}--x--\n`)),
    400,
    'INVALID_FORM',
  ],
  [
    'a file without a name',
    () => send('POST', '/files', rawForm(`${filePart('name="file"')}--x--\n`)),
    400,
    'INVALID_FILE_NAME',
  ],
  [
    'a form that ends within the file',
    () => send('POST', '/files', rawForm(filePart('name="file"; filename="a"'))),
    400,
    'INVALID_FORM',
  ],
  [
    'a form that ends before its closing boundary',
    () => send('POST', '/files', rawForm(`${filePart('name="file"; filename="a"')}--x\n`)),
    400,
    'INVALID_FORM',
  ],
  ['an empty name', () => sendJson({ ...content, file_name: '' }), 400, 'INVALID_FILE_NAME'],
  [
    'a name of 256 characters',
    () => sendJson({ ...content, file_name: 'a'.repeat(256) }),
    400,
    'INVALID_FILE_NAME',
  ],
  [
    'a name that climbs',
    () => sendJson({ ...content, file_name: '../../etc/passwd' }),
    400,
    'INVALID_FILE_NAME',
  ],
  [
    'a name that climbs, in a form',
    () => send('POST', '/files', rawForm(`${filePart('name="file"; filename="../../a"')}--x--\n`)),
    400,
    'INVALID_FILE_NAME',
  ],
  [
    'a name with a NUL',
    () => sendJson({ ...content, file_name: 'a\u0000b' }),
    400,
    'INVALID_FILE_NAME',
  ],
  [
    'a name that is not Unicode',
    () => sendJson(`{"file_content":"","file_name":"\\ud800"}`),
    400,
    'INVALID_FILE_NAME',
  ],
  [
    'a content type with a script in it',
    () => sendJson({ ...content, content_type: 'text/html; charset=<script>' }),
    400,
    'INVALID_CONTENT_TYPE',
  ],
  [
    'a content type that would add a header',
    () => sendForm(formOf('x', 'x', { content_type: 'text/plain\r\nx-amz-acl: public-read' })),
    400,
    'INVALID_CONTENT_TYPE',
  ],
  [
    'a wrong SHA-256',
    () => sendJson({ ...content, checksum: wrongSha256 }),
    400,
    'CHECKSUM_MISMATCH',
  ],
  [
    'a wrong CRC64NVME, in a form',
    () => sendForm(formOf('x', 'x', { checksum: JSON.stringify(wrongCrc) })),
    400,
    'CHECKSUM_MISMATCH',
  ],
  [
    'a checksum of the wrong length',
    () => sendJson({ ...content, checksum: { algorithm: 'SHA256', value: 'AAAA' } }),
    400,
    'INVALID_REQUEST',
  ],
  [
    'a form that says it is too large',
    () => sendForm(formOf(Buffer.alloc(MAX_INLINE + 100_000))),
    413,
    'FILE_TOO_LARGE',
  ],
  [
    'a form whose file is one byte too large',
    () => sendForm(formOf(Buffer.alloc(MAX_INLINE + 1))),
    413,
    'FILE_TOO_LARGE',
  ],
  [
    'JSON that is too large',
    () => sendJson({ file_content: 'A'.repeat(7_000_000) }),
    413,
    'FILE_TOO_LARGE',
  ],
  [
    'JSON whose file is too large',
    () => sendJson({ file_content: 'AAAA'.repeat(Math.ceil((MAX_INLINE + 1) / 3)) }),
    413,
    'FILE_TOO_LARGE',
  ],
  ['an unknown id', () => send('GET', `/files/${UNKNOWN}`), 404, 'FILE_NOT_FOUND'],
  [
    'the content of an unknown id',
    () => send('GET', `/files/${UNKNOWN}/content`),
    404,
    'FILE_NOT_FOUND',
  ],
  [
    'the validation of an unknown id',
    () => send('GET', `/files?file_id=${UNKNOWN}`),
    404,
    'FILE_NOT_FOUND',
  ],
  ['a malformed id', () => send('GET', '/files/nope'), 400, 'INVALID_FILE_ID'],
  ['an id that climbs', () => send('GET', '/files/..%2f..%2fetc'), 400, 'INVALID_FILE_ID'],
  [
    'an id in upper case',
    () => send('GET', `/files/${UNKNOWN.toUpperCase()}`),
    400,
    'INVALID_FILE_ID',
  ],
  ['the deletion of a malformed id', () => send('DELETE', '/files/nope'), 400, 'INVALID_FILE_ID'],
  ['the validation of an empty id', () => send('GET', '/files?file_id='), 400, 'INVALID_FILE_ID'],
  [
    'the validation of a malformed id',
    () => send('GET', '/files?file_id=1'),
    400,
    'INVALID_FILE_ID',
  ],
  ['two ids', () => send('GET', '/files?file_id=1&file_id=2'), 400, 'INVALID_FILE_ID'],
  ['a limit of 0', () => send('GET', '/files?limit=0'), 400, 'INVALID_REQUEST'],
  ['a limit that is no number', () => send('GET', '/files?limit=x'), 400, 'INVALID_REQUEST'],
  ['an unknown status', () => send('GET', '/files?status=GOOD'), 400, 'INVALID_REQUEST'],
  ['a made-up cursor', () => send('GET', '/files?cursor=abc'), 400, 'INVALID_CURSOR'],
  [
    'an idempotency key with a space',
    () => send('POST', '/files', { body: formOf('x'), headers: { 'idempotency-key': 'a b' } }),
    400,
    'INVALID_IDEMPOTENCY_KEY',
  ],
  ['an unknown path', () => send('GET', '/nope'), 404, 'ROUTE_NOT_FOUND'],
  ['a path that climbs', () => send('GET', '/docs/..%2f..%2fpackage.json'), 404, 'ROUTE_NOT_FOUND'],
  ['a path that is not a URL', () => send('GET', '/files/%zz'), 400, 'INVALID_REQUEST'],
  ['a wrong method', () => send('PUT', '/files', { body: 'x' }), 405, 'METHOD_NOT_ALLOWED'],
  ['a wrong method on a file', () => send('PATCH', `/files/${UNKNOWN}`), 405, 'METHOD_NOT_ALLOWED'],
  [
    'an unsupported media type',
    () => send('POST', '/files', { body: '<a/>', headers: { 'content-type': 'text/xml' } }),
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'plain text',
    () => send('POST', '/files', { body: 'hi', headers: { 'content-type': 'text/plain' } }),
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    '150 headers',
    () => send('GET', '/health', { headers: headers(150) }),
    431,
    'HEADERS_TOO_LARGE',
  ],
];

test.each(CASES)('refuses %s', async (_, request, status, code) => {
  const response = await request();
  const problem = await json<Problem>(response);
  expect(problem).toEqual({
    type: 'about:blank',
    title: expect.any(String) as string,
    status,
    code,
    message: expect.stringMatching(/\w[^]*\.$/) as string,
    request_id: response.headers.get('x-request-id'),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|at .*\.ts:|\/src\//);
});

test('names the direct upload where a file is too large', async () => {
  const { message } = await json<Problem>(await sendForm(formOf(Buffer.alloc(MAX_INLINE + 1))));
  expect(message).toContain('POST /uploads');
});

test('says in Allow what a path takes', async () => {
  const response = await send('PATCH', `/files/${UNKNOWN}`);
  expect(response.headers.get('allow')).toBe('GET, HEAD, DELETE');
});

test('refuses a cursor of which one character was changed', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b']) ids.push((await json(await sendForm(formOf(name, name)))).file_id);
  const { next_cursor } = await json<FileList>(await send('GET', '/files?limit=1'));
  for (let at = 0; at < next_cursor!.length; at += 3) {
    const other = next_cursor![at] === 'A' ? 'B' : 'A';
    const cursor = next_cursor!.slice(0, at) + other + next_cursor!.slice(at + 1);
    expect((await send('GET', `/files?cursor=${cursor}`)).status).toBe(400);
  }
  for (const id of ids) await send('DELETE', `/files/${id}`);
});

describe('on a bare socket', () => {
  async function talk(text: string, { end = false } = {}): Promise<string> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write(text);
    if (end) socket.end();
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    await once(socket, 'close');
    return answer;
  }
  const head = (length: number) =>
    `POST /files HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${length}\r\n\r\n` +
    filePart('name="file"; filename="a"').replaceAll('\n', '\r\n');

  test('refuses 1,000 headers', async () => {
    const lines = Array.from({ length: 1000 }, (_, line) => `x-header-number-${line}: value\r\n`);
    const answer = await talk(`GET /files HTTP/1.1\r\nHost: a\r\n${lines.join('')}\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 [^]*"code":"HEADERS_TOO_LARGE"/);
  });

  test('refuses what is not HTTP', async () => {
    expect(await talk('hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"INVALID_REQUEST"/);
  });

  test('answers 408 to a body that stops, and frees what it held', async () => {
    const answer = await talk(head(10_000));
    expect(answer).toMatch(/^HTTP\/1.1 408 [^]*"code":"REQUEST_TIMEOUT"/);
  });

  test('answers 408 to JSON that stops', async () => {
    const answer = await talk(
      'POST /files HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1.1 408 [^]*"code":"REQUEST_TIMEOUT"/);
  });

  test('forgets an upload whose client hangs up half-way', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write(head(MAX_INLINE));
    socket.write(Buffer.alloc(MAX_INLINE / 2));
    const [request] = (await once(service.app.server, 'request')) as [NodeJS.ReadableStream];
    socket.destroy();
    await new Promise((resolve) => request.once('close', resolve));
  });
});

function manyFieldsUpTo(count: number): FormData {
  const form = new FormData();
  for (let field = 0; field < count; field++) form.append('file_name', 'a');
  return form;
}

function noBoundary(): RequestInit {
  return { body: 'x', headers: { 'content-type': 'multipart/form-data' } };
}

function headers(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, line) => [`x-${line}`, 'a']));
}
