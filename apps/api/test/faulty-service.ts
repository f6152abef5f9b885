import type { StoreTimeouts } from '@file-upload/storage';
import { buildApp } from '../src/app.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createRecordedStores } from './recorded-calls.ts';
import { SETTINGS, type Service } from './service.ts';
import { uploadClient } from './upload-client.ts';

/** A service of which every line to the stores goes through a proxy that makes trouble. */
export interface FaultyService {
  client: ReturnType<typeof uploadClient>;
  proxy: FaultProxy;
  close(): Promise<void>;
}

/** Starts one that has the same stores as `service`. */
export async function startFaultyService(
  service: Service,
  timeouts: Pick<StoreTimeouts, 's3IdleMs' | 'dynamodbIdleMs'>,
): Promise<FaultyService> {
  const proxy = await startFaultProxy(service.embedded);
  const { clients, objects, metadata } = createRecordedStores('lambda', {
    ...service.embedded,
    s3Endpoint: proxy.endpoint,
    dynamodbEndpoint: proxy.endpoint,
    table: 'files',
    timeouts: { attempts: 2, connectionMs: 5_000, ...timeouts },
  });
  const settings = { ...SETTINGS, baseUrl: () => service.url };
  const app = await buildApp({ metadata, objects, logger: false, settings });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    client: uploadClient(() => url),
    proxy,
    async close() {
      await app.close();
      clients.destroy();
      await proxy.close();
    },
  };
}
