import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A script of baselines/ in a process of its own. */
export interface Baseline<Started, Asked = never, Answered = never> {
  pid: number;
  started: Started;
  ask(question: Asked): Promise<Answered>;
  close(): Promise<void>;
}

/** Starts a script with `options`, and waits for the message that says that it is ready. */
export async function startBaseline<Started, Asked = never, Answered = never>(
  script: string,
  options: unknown,
): Promise<Baseline<Started, Asked, Answered>> {
  const child = fork(join(import.meta.dirname, 'baselines', script), [JSON.stringify(options)]);
  const exited = once(child, 'exit');
  const next = async () => {
    const message = once(child, 'message') as Promise<[unknown]>;
    const ended = exited.then(() => Promise.reject(new Error(`${script} ended.`)));
    return (await Promise.race([message, ended]))[0];
  };
  return {
    pid: child.pid ?? 0,
    started: (await next()) as Started,
    async ask(question) {
      child.send(question as object);
      return (await next()) as Answered;
    },
    async close() {
      child.kill();
      await exited;
    },
  };
}
