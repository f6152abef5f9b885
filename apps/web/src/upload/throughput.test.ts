import { Throughput } from './throughput.ts';

let now: number;
let throughput: Throughput;
beforeEach(() => {
  now = 0;
  throughput = new Throughput(() => now);
});

function sendEach(ms: number, bytes: number, times: number): void {
  for (let time = 0; time < times; time += 1) {
    now += ms;
    throughput.add(bytes);
  }
}

test('says nothing before it can tell', () => {
  expect(throughput.rate).toBeUndefined();
  throughput.add(1000);
  now += 100;
  throughput.add(1000);
  expect(throughput.rate).toBeUndefined();
});

test('is what went out in a second, however it comes in lumps', () => {
  sendEach(100, 1000, 40);
  expect(throughput.rate).toBeCloseTo(10_000);
  throughput.reset();
  sendEach(1000, 10_000, 9);
  expect(throughput.rate).toBeCloseTo(10_000);
});

test('follows a line that gets slower, and falls while nothing goes out', () => {
  sendEach(100, 10_000, 50);
  sendEach(100, 1000, 100);
  expect(throughput.rate).toBeCloseTo(10_000);
  now += 4000;
  expect(throughput.rate).toBeLessThan(6000);
  now += 60_000;
  expect(throughput.rate).toBeUndefined();
});

test('counts what has to be sent again as not sent, and is never less than nothing', () => {
  sendEach(1000, 5000, 3);
  throughput.add(-50_000);
  expect(throughput.rate).toBe(0);
});

test('begins anew after a pause', () => {
  sendEach(100, 10_000, 20);
  throughput.reset();
  expect(throughput.rate).toBeUndefined();
});

test('has stalled once nothing goes out for longer than lumps are apart', () => {
  now += 60_000;
  expect(throughput.isStalled).toBe(false);
  throughput.add(1000);
  now += 7000;
  expect(throughput.isStalled).toBe(false);
  now += 1000;
  expect(throughput.isStalled).toBe(true);
  throughput.add(1000);
  expect(throughput.isStalled).toBe(false);
});
