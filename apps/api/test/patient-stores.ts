import { createStores } from '../src/stores.ts';

/** Milliseconds are those in which even a busy machine connects, and answers. */
const TIMEOUTS = { attempts: 3, connectionMs: 60_000, s3IdleMs: 60_000, dynamodbIdleMs: 60_000 };

/** Stores for what a test arranges and looks at. The service under test has its own limits. */
export function createPatientStores(
  options: Omit<Parameters<typeof createStores>[0], 'timeouts'>,
): ReturnType<typeof createStores> {
  return createStores({ ...options, timeouts: TIMEOUTS });
}
