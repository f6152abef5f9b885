import { MemoryStorage } from '../../test/memory-storage.ts';
import { RememberedUploads } from './remembered-uploads.ts';

const WEEK = 7 * 24 * 60 * 60 * 1000;
let now: number;
let storage: MemoryStorage;
const inAWeek = () => new Date(now + WEEK).toISOString();
const open = () =>
  new RememberedUploads(
    () => storage,
    () => now,
  );
beforeEach(() => {
  now = 1_000_000;
  storage = new MemoryStorage();
});

test('knows after a reload which upload a file was sent with', () => {
  open().set('a', 'id-of-a', inAWeek());
  expect(open().get('a')).toBe('id-of-a');
  expect(open().get('b')).toBeUndefined();
});

test('forgets what it is told to', () => {
  open().set('a', 'id-of-a', inAWeek());
  open().forget('a');
  expect(open().get('a')).toBeUndefined();
});

test('knows for a while what has been sent, and resumes none of it', () => {
  open().set('a', 'id-of-a', inAWeek());
  expect(open().hasFinished('a')).toBe(false);
  open().finish('a');
  expect(open().get('a')).toBeUndefined();
  expect(open().hasFinished('a')).toBe(true);
  now += 60_000;
  expect(open().hasFinished('a')).toBe(false);
  expect(storage.length).toBe(0);
});

test('forgets an upload when the service does, and leaves nothing behind', () => {
  const remembered = open();
  remembered.set('a', 'id-of-a', inAWeek());
  storage.setItem('of another program', 'x');
  now += WEEK;
  expect(remembered.get('a')).toBeUndefined();
  open();
  expect([storage.length, storage.key(0)]).toEqual([1, 'of another program']);
});

test('takes no nonsense out of the storage', () => {
  storage.setItem('upload:a', '{');
  expect(open().get('a')).toBeUndefined();
  expect(storage.length).toBe(0);
});

test.each<[string, () => Storage]>([
  [
    'is full',
    () => {
      storage.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
      return storage;
    },
  ],
  [
    'is forbidden',
    () => {
      throw new DOMException('forbidden', 'SecurityError');
    },
  ],
])('does without a storage that %s, until the page is left', (_, openStorage) => {
  const remembered = new RememberedUploads(openStorage, () => now);
  remembered.set('a', 'id-of-a', inAWeek());
  expect(remembered.get('a')).toBe('id-of-a');
  remembered.forget('a');
  expect(remembered.get('a')).toBeUndefined();
  expect(new RememberedUploads(openStorage, () => now).get('a')).toBeUndefined();
});
