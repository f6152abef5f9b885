import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LambdaResponse } from '@fastify/aws-lambda';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Outcome } from './lambda-runtime.ts';

export const BUNDLE = join(import.meta.dirname, '../dist/lambda/index.mjs');

/** The built bundle in a process of its own. */
export interface Lambda {
  handler: { type: string; parameters: number };
  /** Sends a request. */
  invoke(event: APIGatewayProxyEventV2): Promise<LambdaResponse>;
  /** Sends any event. @throws Error with the name and message that Lambda reports */
  run(event: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * @param environment all that the process has
 * @param bundle the path of its module
 * @throws Error with what the process printed, where the bundle does not load
 */
export async function startLambda(
  environment: Record<string, string>,
  bundle = BUNDLE,
): Promise<Lambda> {
  const child = fork(join(import.meta.dirname, 'lambda-runtime.ts'), [bundle], {
    env: environment,
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const printed = text(child.stderr!);
  const exited = once(child, 'exit');
  const [handler] = (await Promise.race([
    once(child, 'message'),
    exited.then(async () => {
      throw new Error(await printed);
    }),
  ])) as [Lambda['handler']];

  async function runAlone(event: unknown): Promise<unknown> {
    child.send(event as object);
    const [outcome] = (await once(child, 'message')) as [Outcome];
    if ('answer' in outcome) return outcome.answer;
    const { errorType: name, errorMessage } = outcome.error;
    throw Object.assign(new Error(errorMessage), { name });
  }
  // As on Lambda, one at a time.
  let last: Promise<unknown> = Promise.resolve();
  async function run(event: unknown): Promise<unknown> {
    const outcome = last.then(() => runAlone(event));
    last = outcome.catch(() => undefined);
    return await outcome;
  }

  return {
    handler,
    run,
    invoke: async (event) => (await run(event)) as LambdaResponse,
    async close() {
      child.disconnect();
      await exited;
    },
  };
}
