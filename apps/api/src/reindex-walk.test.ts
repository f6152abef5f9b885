import { walk } from './reindex-walk.ts';

test('works on so many items at a time, and tells of them in their order', async () => {
  let running = 0;
  let most = 0;
  const items = Array.from({ length: 20 }, (_, index) => index);
  const source = (async function* () {
    yield* items;
  })();
  const walked = walk(
    source,
    async (item) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
      running--;
      if (item === 3) throw new Error('three');
      return item;
    },
    { concurrency: 4 },
  );
  const results = await Array.fromAsync(walked);
  expect(results.map(({ item }) => item)).toEqual(items);
  expect(results[3]).toEqual({ item: 3, result: { error: new Error('three') } });
  expect(most).toBe(4);
});
