import type { FileEvent, FileList, FileMetadata } from '@file-upload/api-client';
import { fileOf } from '../../test/file-metadata.ts';
import type { FilesApi, FollowOptions, FollowOutcome } from './files-api.ts';
import { FilesModel } from './files-model.ts';

const TIMING = { poll: 10, pollWithEvents: 10_000, reconnect: 10, longest: 40 };

/** A service with files, which the test changes as it likes. */
class FakeService implements FilesApi {
  files: FileMetadata[] = [];
  isAway = false;
  lists = 0;
  hasEvents = true;
  followers: (FollowOptions & { end: (outcome: FollowOutcome) => void })[] = [];

  async list({ limit, cursor = '0' }: { limit: number; cursor?: string }): Promise<FileList> {
    this.lists += 1;
    if (this.isAway) throw new TypeError('Failed to fetch');
    const end = Number(cursor) + limit;
    const next_cursor = end < this.files.length ? String(end) : null;
    return { files: this.files.slice(Number(cursor), end), next_cursor };
  }

  async get(fileId: string): Promise<FileMetadata | undefined> {
    return this.files.find(({ file_id }) => file_id === fileId);
  }

  async remove(fileId: string): Promise<void> {
    if (this.isAway) throw new TypeError('Failed to fetch');
    this.files = this.files.filter(({ file_id }) => file_id !== fileId);
  }

  follow(options: FollowOptions): Promise<FollowOutcome> {
    if (!this.hasEvents) return Promise.resolve('refused');
    return new Promise((resolve) => {
      this.followers.push({ ...options, end: resolve });
      options.signal.addEventListener('abort', () => resolve('ended'));
      options.onOpen();
    });
  }

  announce(file: FileMetadata): void {
    const event = file.validation_status === 'VALID' ? 'file_uploaded' : 'file_rejected';
    this.followers.at(-1)?.onEvent({ ...file, event, event_id: 'e' } satisfies FileEvent);
  }

  settle(fileId: string, validation_status: 'VALID' | 'INVALID' = 'VALID'): FileMetadata {
    const settled = { ...fileOf(fileId), validation_status };
    this.files = this.files.map((file) => (file.file_id === fileId ? settled : file));
    return settled;
  }
}

let service: FakeService;
let model: FilesModel;
let stop: () => void;
beforeEach(() => {
  service = new FakeService();
  model = new FilesModel(service, TIMING);
});
afterEach(() => stop());

async function start(): Promise<void> {
  stop = model.start();
  await until(() => model.state.phase !== 'loading');
}

async function until(isSo: () => boolean): Promise<void> {
  for (let times = 0; !isSo(); times += 1) {
    if (times === 2000) throw new Error('It does not become so.');
    await pause(2);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const statusOf = (fileId: string) =>
  model.state.files.find(({ file_id }) => file_id === fileId)?.validation_status;
const valid = (fileId: string, minute = 0) =>
  fileOf(fileId, {
    validation_status: 'VALID',
    upload_time: `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`,
  });

test('loads the newest files, and then older ones', async () => {
  service.files = Array.from({ length: 45 }, (_, index) => valid(`file-${index}`, 59 - index));
  await start();
  expect(model.state).toMatchObject({ phase: 'ready', nextCursor: '20' });
  expect(model.state.files).toEqual(service.files.slice(0, 20));
  await model.loadMore();
  await model.loadMore();
  expect(model.state.files).toEqual(service.files);
  expect(model.state.nextCursor).toBeNull();
});

test('says why it could not load, and loads when it is asked again', async () => {
  service.isAway = true;
  service.hasEvents = false;
  await start();
  expect(model.state.phase).toBe('failed');
  expect(model.state.problem).toContain('cannot be reached');
  service.isAway = false;
  service.files = [valid('a')];
  await model.load();
  expect(model.state).toMatchObject({ phase: 'ready', problem: null, files: [valid('a')] });
});

test('shows what is announced, with nothing asked', async () => {
  service.files = [fileOf('a')];
  await start();
  const { lists } = service;
  service.announce(service.settle('a'));
  service.announce(valid('from elsewhere', 5));
  expect(statusOf('a')).toBe('VALID');
  expect(model.state.files[0]?.file_id).toBe('from elsewhere');
  expect(service.lists).toBe(lists);
});

test('asks for what was announced while the stream was away', async () => {
  await start();
  service.files = [valid('missed')];
  service.followers[0]!.end('ended');
  await until(() => statusOf('missed') === 'VALID');
  expect(service.followers).toHaveLength(2);
});

test('does not besiege a service that takes connections and ends them', async () => {
  await start();
  const began = Date.now();
  for (let times = 1; times <= 5; times += 1) {
    service.followers.at(-1)!.end('ended');
    await until(() => service.followers.length === times + 1);
  }
  expect(Date.now() - began).toBeGreaterThanOrEqual(5 * TIMING.reconnect - 5);
});

test('asks where no events are streamed, until every file is settled, and no longer', async () => {
  service.hasEvents = false;
  await start();
  model.add(fileOf('a'));
  model.add(fileOf('b'));
  service.files = [fileOf('a'), fileOf('b')];
  await pause(30);
  service.settle('a');
  service.settle('b', 'INVALID');
  await until(() => statusOf('a') === 'VALID' && statusOf('b') === 'INVALID');
  await pause(TIMING.longest);
  const { lists } = service;
  await pause(TIMING.longest * 3);
  expect(service.lists).toBe(lists);
});

test('goes on asking when an answer does not come', async () => {
  service.hasEvents = false;
  await start();
  service.isAway = true;
  model.add(fileOf('a'));
  await pause(50);
  service.files = [valid('a')];
  service.isAway = false;
  await until(() => statusOf('a') === 'VALID');
});

test('drops a file that is gone while it waits for it', async () => {
  service.hasEvents = false;
  await start();
  model.add(fileOf('a'));
  await until(() => model.state.files.length === 0);
});

test('deletes a file, and no late answer or event brings it back', async () => {
  service.files = [valid('a'), valid('b')];
  await start();
  await model.remove('a');
  service.announce(valid('a'));
  model.add(valid('a'));
  expect(model.state.files).toEqual([valid('b')]);
});

test('keeps a file that could not be deleted', async () => {
  service.files = [valid('a')];
  await start();
  service.isAway = true;
  await expect(model.remove('a')).rejects.toThrow('Failed to fetch');
  expect(model.state.files).toEqual([valid('a')]);
});

test('is not taken back by an answer that is older than an event', async () => {
  service.files = [fileOf('a')];
  await start();
  service.announce(valid('a'));
  model.add(fileOf('a'));
  expect(statusOf('a')).toBe('VALID');
});
