import type { Changes } from '../draft.ts';
import { ACCESS } from './access.ts';
import { ACCOUNTS } from './accounts.ts';
import { BUCKETS } from './buckets.ts';
import { CALLS } from './calls.ts';
import { DATA } from './data.ts';
import { EVENTS } from './events.ts';

/** What breaks each rule of the policy pack. */
export const BAD_RESOURCES: Changes = {
  ...ACCESS,
  ...ACCOUNTS,
  ...BUCKETS,
  ...CALLS,
  ...DATA,
  ...EVENTS,
};
