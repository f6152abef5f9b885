import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 90_000;

/**
 * Asks until there is an answer.
 *
 * @param what is waited for, as the error names it
 */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(200)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`In ${PATIENCE_MS / 1000} seconds there was no ${what}.`);
}
