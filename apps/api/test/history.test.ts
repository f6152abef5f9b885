import type { FileHistory } from '@file-upload/shared-types';
import { formOf, json, startService, type Service } from './service.ts';

const UNKNOWN = '00000000-0000-7000-8000-000000000000';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const historyOf = (id: string) => fetch(`${service.url}/files/${id}/history`);

async function storedFile(): Promise<string> {
  const response = await fetch(`${service.url}/files`, { method: 'POST', body: formOf('a file') });
  return (await json(response)).file_id;
}

test('tells what happened to a file, oldest first', async () => {
  const file_id = await storedFile();
  await fetch(`${service.url}/files?file_id=${file_id}`);
  const response = await historyOf(file_id);
  expect(response.status).toBe(200);
  const { history, ...rest } = await json<FileHistory>(response);
  expect(rest).toEqual({ file_id });
  expect(history.map(({ event }) => event)).toEqual(['received', 'validated']);
  expect(history.map(({ time }) => time)).toEqual(history.map(({ time }) => time).toSorted());
});

test('answers 404 with a stable code when the file is unknown or deleted', async () => {
  const deleted = await storedFile();
  await fetch(`${service.url}/files/${deleted}`, { method: 'DELETE' });
  for (const id of [UNKNOWN, deleted]) {
    const response = await historyOf(id);
    expect([response.status, (await json(response)).code]).toEqual([404, 'FILE_NOT_FOUND']);
  }
});

test.each(['x', 'A'.repeat(200), '%00', '00000000-0000-7000-8000-00000000000A'])(
  'answers 400 with a stable code to the id %s',
  async (id) => {
    const response = await historyOf(id);
    expect([response.status, (await json(response)).code]).toEqual([400, 'INVALID_FILE_ID']);
  },
);
