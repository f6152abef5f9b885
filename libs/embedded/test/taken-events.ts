import type { ObjectCreated } from '@file-upload/workflow';
import type { Embedded } from '../src/embedded.ts';

/** Finishes events until there are `count` of them, oldest first, and stops. */
export async function takeEvents(
  { deliver }: Pick<Embedded, 'deliver'>,
  count: number,
): Promise<ObjectCreated[]> {
  const taken: ObjectCreated[] = [];
  const all = Promise.withResolvers<void>();
  const delivery = deliver(
    async (event) => {
      taken.push(event);
      if (taken.length === count) all.resolve();
    },
    { concurrency: 1 },
  );
  await all.promise;
  await delivery.stop();
  return taken;
}

export function keyOf(event: ObjectCreated): string {
  return event.detail.object.key;
}
