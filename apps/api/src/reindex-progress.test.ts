import { jest } from '@jest/globals';
import { createProgress } from './reindex-progress.ts';
import { emptyReport } from './reindex-report.ts';

describe('progress', () => {
  const at = (objects: number) => ({
    report: { ...emptyReport(false), objects, rows_rebuilt: 3 },
    position: 'a key',
  });

  test('is one line of a terminal, once a second', () => {
    let now = 0;
    const output = { isTTY: true, write: jest.fn() };
    const progress = createProgress(output, () => now);
    for (now = 0; now <= 2_500; now += 100) progress.update(at(now));
    progress.say('A line that stays.');
    progress.end();
    expect(output.write.mock.calls.flat()).toEqual([
      '\r\x1b[K0 rows and 1000 objects seen, 3 rows rebuilt, 1000/s, at a key',
      '\r\x1b[K0 rows and 2000 objects seen, 3 rows rebuilt, 1000/s, at a key',
      '\r\x1b[KA line that stays.\n',
      '\r\x1b[K',
    ]);
  });

  test('is a line every 10,000 objects elsewhere', () => {
    const output = { write: jest.fn() };
    const progress = createProgress(output, () => 0);
    for (let objects = 1; objects <= 20_001; objects++) progress.update(at(objects));
    expect(output.write.mock.calls.flat()).toEqual([
      expect.stringMatching(/^0 rows and 10000 objects seen, .*\n$/),
      expect.stringMatching(/^0 rows and 20000 objects seen, .*\n$/),
    ]);
  });
});
