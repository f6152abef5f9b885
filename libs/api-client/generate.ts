/**
 * Writes src/generated from the contract, or checks that what is committed is what it would write:
 *
 *   node generate.ts [--check]
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const CONTRACT = join(import.meta.dirname, 'openapi.json');
const GENERATED = join(import.meta.dirname, 'src/generated');

if (!process.argv.includes('--check')) {
  await generate(GENERATED);
} else if (!(await isFresh())) {
  console.error('src/generated is not what openapi.json says. Run: npx nx run api-client:generate');
  process.exitCode = 1;
}

/** What is changed of the contract before the client is generated from it. */
interface Contract extends Record<string, unknown> {
  paths: {
    '/files': {
      post: { requestBody: { content: Record<string, unknown> } };
      get: {
        parameters: { name: string }[];
        responses: { 200: { content: { 'application/json': { schema: { anyOf: object[] } } } } };
      };
    };
    '/events': {
      get: {
        responses: {
          200: { content: { 'text/event-stream': { schema: { contentSchema?: object } } } };
        };
      };
    };
  };
}

/**
 * The generator knows one type of body and one type of answer an operation. Of the bodies it is
 * given the form, which takes files of any size; of the answers to `GET /files` the list. The
 * other one is `validateFile` in src/files.ts. Of a stream of events it is told what each event is,
 * for it makes the code that takes the text apart.
 */
async function readContract(): Promise<Contract> {
  const contract = JSON.parse(await readFile(CONTRACT, 'utf8')) as Contract;
  const { post, get } = contract.paths['/files'];
  delete post.requestBody.content['application/json'];
  get.parameters = get.parameters.filter(({ name }) => name !== 'file_id');
  const answer = get.responses[200].content['application/json'];
  answer.schema.anyOf = answer.schema.anyOf.filter(
    (schema) => '$ref' in schema && schema.$ref === '#/components/schemas/FileList',
  );
  const stream = contract.paths['/events'].get.responses[200].content['text/event-stream'];
  stream.schema = stream.schema.contentSchema ?? {};
  return contract;
}

async function generate(path: string): Promise<void> {
  await createClient({
    input: await readContract(),
    output: { path, module: { extension: '.ts' } },
    logs: { level: 'silent' },
  });
}

async function isFresh(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'api-client-'));
  try {
    await generate(folder);
    const [fresh, committed] = await Promise.all([read(folder), read(GENERATED)]);
    return JSON.stringify(fresh) === JSON.stringify(committed);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every file under a folder, by its path. */
async function read(folder: string): Promise<[path: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [
      path.slice(folder.length),
      await readFile(path, 'utf8'),
    ]),
  );
}
