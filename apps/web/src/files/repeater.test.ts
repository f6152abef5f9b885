import { jest } from '@jest/globals';
import { Repeater } from './repeater.ts';

const WAIT = { shortestMs: 100, longestMs: 300 };
let times: number[];
let goesOn: boolean;
let repeater: Repeater;
beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  times = [];
  goesOn = true;
  repeater = new Repeater(async () => {
    times.push(Date.now());
    return goesOn;
  }, WAIT);
});
afterEach(() => jest.useRealTimers());

test('repeats ever less often, from the shortest wait to the longest', async () => {
  repeater.start(0);
  await jest.advanceTimersByTimeAsync(1600);
  const waits = times.slice(1).map((time, index) => time - times[index]!);
  expect(waits).toEqual([100, 160, 256, 300, 300, 300]);
});

test('ends when there is nothing more to do, and when it is stopped', async () => {
  repeater.start(10);
  goesOn = false;
  await jest.advanceTimersByTimeAsync(5000);
  expect(times).toEqual([10]);
  goesOn = true;
  repeater.start(0);
  await jest.advanceTimersByTimeAsync(150);
  repeater.stop();
  await jest.advanceTimersByTimeAsync(5000);
  expect(times).toHaveLength(3);
});

test('begins anew when it is started again, and is never there twice', async () => {
  repeater.start(200);
  repeater.start(50);
  await jest.advanceTimersByTimeAsync(200);
  expect(times).toEqual([50, 150]);
});

test('does the task however often it is started', async () => {
  for (let start = 0; start < 10; start += 1) {
    repeater.start(100);
    await jest.advanceTimersByTimeAsync(60);
  }
  expect(times).toEqual([100, 220, 340, 460, 580]);
});

test('waits for as long as at first again, once it is started again', async () => {
  repeater.start(0);
  await jest.advanceTimersByTimeAsync(1000);
  const before = times.length;
  repeater.start(100);
  await jest.advanceTimersByTimeAsync(600);
  const [first, second, third] = times.slice(before);
  expect([second! - first!, third! - second!]).toEqual([160, 256]);
});
