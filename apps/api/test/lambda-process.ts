import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LambdaResponse } from '@fastify/aws-lambda';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export const BUNDLE = join(import.meta.dirname, '../dist/lambda/index.mjs');

/** The built bundle in a process of its own. */
export interface Lambda {
  handler: { type: string; parameters: number };
  invoke(event: APIGatewayProxyEventV2): Promise<LambdaResponse>;
  close(): Promise<void>;
}

/**
 * @param environment all that the process has
 * @throws Error with what the process printed, where the bundle does not load
 */
export async function startLambda(environment: Record<string, string>): Promise<Lambda> {
  const child = fork(join(import.meta.dirname, 'lambda-runtime.ts'), [BUNDLE], {
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

  return {
    handler,
    async invoke(event) {
      child.send(event);
      const [answer] = (await once(child, 'message')) as [LambdaResponse];
      return answer;
    },
    async close() {
      child.disconnect();
      await exited;
    },
  };
}
