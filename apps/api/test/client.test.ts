import { createHash, randomBytes } from 'node:crypto';
import {
  createClient,
  createFile,
  getFile,
  getFileContent,
  getFileHistory,
  getHealth,
  listFiles,
  streamEvents,
  validateFile,
  type Client,
  type FileEvent,
  type FileMetadata,
  type Problem,
} from '@file-upload/api-client';
import { startServer, type Server } from './client-server.ts';

const UNKNOWN = '00000000-0000-7000-8000-000000000000';

let server: Server;
let client: Client;

beforeAll(async () => {
  server = await startServer();
  client = createClient({ baseUrl: server.url });
});

afterAll(() => server.close());

async function store(body: Parameters<typeof createFile>[0]['body']): Promise<FileMetadata> {
  const { data } = await createFile({ client, body, throwOnError: true });
  return data.metadata;
}

test('sends the fields before the file, in whatever order they are given', async () => {
  const bytes = randomBytes(1000);
  const value = createHash('sha256').update(bytes).digest('base64');
  const metadata = await store({
    file: new Blob([bytes]),
    file_name: 'grüße.bin',
    content_type: 'image/png',
    visibility: 'public',
    checksum: { algorithm: 'SHA256', value },
  });
  expect(metadata).toMatchObject({
    file_name: 'grüße.bin',
    content_type: 'image/png',
    file_size: 1000,
    visibility: 'public',
    checksum: { algorithm: 'SHA256', value },
  });
});

test.each([
  ['application/json', '{"a": 1}'],
  ['text/plain', 'text'],
  ['image/png', 'not really'],
  ['application/octet-stream', ''],
])('reads bytes of type %s as a Blob', async (type, text) => {
  const { file_id } = await store({ file: new File([text], 'file', { type }) });
  const { data } = await getFileContent({ client, path: { file_id }, throwOnError: true });
  expect(await data.text()).toBe(text);
});

test('repeats an upload with an Idempotency-Key', async () => {
  const upload = () =>
    createFile({
      client,
      body: { file: new File(['same'], 'same.txt') },
      headers: { 'idempotency-key': 'a-key' },
      throwOnError: true,
    });
  const [first, second] = [await upload(), await upload()];
  expect(second.data).toEqual(first.data);
});

test('lists page by page, and validates', async () => {
  const { file_id } = await store({ file: new File(['listed'], 'listed.txt') });
  await store({ file: new File(['newest'], 'newest.txt') });
  const query = { limit: 1 };
  const { data: first } = await listFiles({ client, query, throwOnError: true });
  expect(first.files).toHaveLength(1);
  const next = { ...query, cursor: first.next_cursor! };
  const { data: second } = await listFiles({ client, query: next, throwOnError: true });
  expect(second.files[0]?.file_id).toBe(file_id);
  const { data } = await validateFile({ client, query: { file_id }, throwOnError: true });
  expect(data.validation_status).toBe('VALID');
});

test('tells the history of a file', async () => {
  const { file_id } = await store({ file: new File(['old'], 'old.txt') });
  const { data } = await getFileHistory({ client, path: { file_id }, throwOnError: true });
  expect(data.file_id).toBe(file_id);
  expect(data.history[0]?.event).toBe('received');
});

test('follows what is announced, from an event on', async () => {
  const first = await store({ file: new File(['first'], 'first.txt') });
  const second = await store({ file: new File(['second'], 'second.txt') });

  /** The announcements after one, until all of `files` are announced, and their ids. */
  async function follow(
    after: string,
    ...files: string[]
  ): Promise<{ id?: string; data: FileEvent }[]> {
    const leaving = new AbortController();
    const ids: (string | undefined)[] = [];
    const { stream } = await streamEvents({
      client,
      signal: leaving.signal,
      headers: { 'last-event-id': after },
      onSseEvent: ({ id, data }) => {
        if (data !== undefined) ids.push(id);
      },
    });
    const events: { id?: string; data: FileEvent }[] = [];
    const awaited = new Set(files);
    for await (const data of stream) {
      events.push({ id: ids[events.length]!, data });
      awaited.delete(data.file_id);
      if (awaited.size === 0) leaving.abort();
    }
    return events;
  }

  const all = await follow('0', first.file_id, second.file_id);
  const announced = all.filter(({ data }) =>
    [first, second].some(({ file_id }) => file_id === data.file_id),
  );
  expect(new Set(announced.map(({ data }) => `${data.event} ${data.file_name}`))).toEqual(
    new Set(['file_uploaded first.txt', 'file_uploaded second.txt']),
  );
  const [{ id = '' }, { data: last }] = [announced[0]!, all.at(-1)!];
  const rest = all.slice(all.indexOf(announced[0]!) + 1);
  expect(await follow(id, last.file_id)).toEqual(rest);
});

test('answers errors as problems, or throws them', async () => {
  const path = { file_id: UNKNOWN };
  const { data, error, response } = await getFile({ client, path });
  expect(data).toBeUndefined();
  const problem: Problem | undefined = error;
  expect(problem).toMatchObject({ status: 404, code: 'FILE_NOT_FOUND' });
  expect(response?.headers.get('x-request-id')).toBe(problem?.request_id);
  await expect(getFile({ client, path, throwOnError: true })).rejects.toEqual(
    expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
  );
});

test('tells the health of the service', async () => {
  const { data } = await getHealth({ client, throwOnError: true });
  expect(data.status).toBe('ok');
});
