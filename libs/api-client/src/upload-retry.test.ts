import { jest } from '@jest/globals';
import { UploadError } from './upload-error.ts';
import { AttemptError, createPersistence, readRetryAfter } from './upload-retry.ts';

const NEVER = new AbortController().signal;
const fault = new UploadError('SERVICE_UNAVAILABLE', 'The service cannot be reached.');

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lets attempts be made until there is a result, and says how many there were, and how long it took. */
async function outcomeOf(attempt: (count: number) => unknown, persist = createPersistence()) {
  const start = Date.now();
  let count = 0;
  const running = persist(NEVER, async () => attempt(++count)).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  let outcome: object | undefined;
  void running.then((settled) => (outcome = settled));
  while (!outcome) await jest.advanceTimersByTimeAsync(100);
  return { ...outcome, count, seconds: (Date.now() - start) / 1000 };
}
const failing = (...args: ConstructorParameters<typeof AttemptError>) => {
  throw new AttemptError(...args);
};

test('tries again until it succeeds', async () => {
  const outcome = await outcomeOf((count) => (count < 5 ? failing(fault, 'yes') : 'done'));
  expect(outcome).toMatchObject({ result: 'done', count: 5 });
});

test('gives up after a minute without any success, with the reason of the last attempt', async () => {
  const outcome = await outcomeOf(() => failing(fault, 'yes'));
  expect(outcome).toMatchObject({ error: fault });
  expect(outcome.seconds).toBeGreaterThan(60);
  expect(outcome.seconds).toBeLessThan(70);
  expect(outcome.count).toBeGreaterThan(12);
});

test('does not give up as long as something else of the upload succeeds', async () => {
  const persist = createPersistence();
  const others = setInterval(() => void persist(NEVER, async () => 'part'), 30_000);
  const start = Date.now();
  const outcome = await outcomeOf(
    () => (Date.now() - start < 300_000 ? failing(fault, 'yes') : 'done'),
    persist,
  );
  clearInterval(others);
  expect(outcome).toMatchObject({ result: 'done' });
});

test('gives attempts that take long another chance', async () => {
  const outcome = await outcomeOf(async (count) => {
    await new Promise((resolve) => setTimeout(resolve, 100_000));
    return count < 4 ? failing(fault, 'yes') : 'done';
  });
  expect(outcome).toMatchObject({ result: 'done', count: 4 });
});

test('waits as long as the service asks for', async () => {
  const outcome = await outcomeOf((count) => (count < 3 ? failing(fault, 'yes', 7_000) : 'done'));
  expect(outcome.seconds).toBeGreaterThanOrEqual(14);
});

test('tries thrice what is refused and may be taken, and once what is not', async () => {
  expect(await outcomeOf(() => failing(fault, 'perhaps'))).toMatchObject({
    error: fault,
    count: 3,
  });
  expect(await outcomeOf(() => failing(fault, 'never'))).toMatchObject({ error: fault, count: 1 });
  const bug = new TypeError('x is not a function');
  expect(
    await outcomeOf(() => {
      throw bug;
    }),
  ).toMatchObject({ error: bug, count: 1 });
});

test('counts refusals alone, and not the faults before them', async () => {
  const outcome = await outcomeOf((count) => failing(fault, count > 4 ? 'perhaps' : 'yes'));
  expect(outcome).toMatchObject({ error: fault, count: 7 });
});

test('ends at once when it is aborted, while it waits too', async () => {
  const aborting = new AbortController();
  const running = createPersistence()(aborting.signal, async () => failing(fault, 'yes', 50_000));
  const settled = expect(running).rejects.toMatchObject({ name: 'AbortError' });
  await jest.advanceTimersByTimeAsync(10);
  aborting.abort();
  await settled;
  expect(jest.getTimerCount()).toBe(0);
});

test('reads both forms of Retry-After', () => {
  expect(readRetryAfter('120')).toBe(120_000);
  expect(readRetryAfter(new Date(Date.now() + 5_000).toUTCString())).toBeGreaterThan(3_000);
  expect(readRetryAfter(new Date(Date.now() - 5_000).toUTCString())).toBe(0);
  for (const nothing of [null, '', 'soon', '-1']) expect(readRetryAfter(nothing)).toBe(0);
});
