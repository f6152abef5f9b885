import { startFaultProxy } from './fault-proxy.ts';
import { withServers, type ServerProcess } from './server-process.ts';
import type { Service } from './service.ts';

/** A call that changes something in a store. */
const IS_WRITE = /^(?:POST|PUT|DELETE|PutItem|UpdateItem|DeleteItem)/;

/**
 * Has a server do something, and kills it: for each write, just before the store gets it, and as soon
 * as the store has done it.
 *
 * @param service has the same stores
 * @param arrange makes what it is done to
 * @param act does it with the server at a URL
 * @param check is called when the server is gone
 */
export async function killAtEveryWrite<T>(
  service: Service,
  arrange: () => Promise<T>,
  act: (url: string, subject: T) => Promise<{ status: number }>,
  check: (subject: T, moment: string) => Promise<void>,
): Promise<void> {
  const { region, bucket, credentials } = service.embedded;
  const proxy = await startFaultProxy(service.embedded);
  const env = {
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    BUCKET_NAME: bucket,
    METADATA_TABLE: 'files',
  };
  const killing = withServers(async ({ spawn }) => {
    const start = async (): Promise<[ServerProcess, string]> => {
      const server = spawn(env);
      const [, url = ''] = await server.printed(/^File Upload API at (\S+),/);
      return [server, url];
    };
    const [unharmed, url] = await start();
    const first = await arrange();
    proxy.watch();
    expect((await act(url, first)).status).toBeLessThan(300);
    const calls = [...proxy.calls];
    unharmed.kill('SIGKILL');
    expect(calls.filter((name) => IS_WRITE.test(name)).length).toBeGreaterThan(1);

    for (const [call, name] of calls.entries()) {
      if (!IS_WRITE.test(name)) continue;
      for (const when of ['before', 'after']) {
        const [server, url] = await start();
        const subject = await arrange();
        const die = () => server.kill('SIGKILL');
        const trouble = when === 'before' ? { instead: die } : { afterwards: die };
        proxy.watch({ call, trouble, extent: 'once' });
        await expect(act(url, subject)).rejects.toMatchObject({ name: 'TypeError' });
        expect(await server.ended).toMatchObject({ signal: 'SIGKILL' });
        proxy.heal();
        await check(subject, `${when} ${name} (call ${call})`);
      }
    }
  });
  await killing.finally(() => proxy.close());
}
