import { summaryOf } from '../../src/cli/redrive-stack.ts';
import type { RedriveReport } from '../../src/cli/redrive.ts';

const NOTHING: RedriveReport = {
  started: 0,
  invalid: 0,
  alreadyStarted: 0,
  hidden: 0,
  cameRound: false,
};

test('a summary counts what was started, and names what is left', () => {
  expect(summaryOf({ ...NOTHING, started: 1 }, false)).toBe('1 event started.');
  expect(summaryOf({ ...NOTHING, started: 2, invalid: 1, alreadyStarted: 3 }, true)).toBe(
    '2 events would be started; left in the queue: 3 started just now, 1 invalid.',
  );
});

test('a summary of a part says so, and what to do', () => {
  expect(summaryOf({ ...NOTHING, started: 20, cameRound: true, hidden: 7 }, true)).toBe(`\
20 events would be started.
It ended after one round of the queue, when the first came back: there may be more.
Held by another run, or by one that was killed: 7 more. Try again in 5 minutes.`);
});
