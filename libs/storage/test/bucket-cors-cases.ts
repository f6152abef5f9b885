import { allowUploadsFrom } from '../src/index.ts';
import type { Case, Given } from './store-under-test.ts';

const OURS = 'https://app.example';

export function bucketCorsCases(given: Given, declare: Case): void {
  /** What the store tells a browser that wants to send a request for a page. */
  async function ask(origin: string, method: string) {
    const { clients, bucket } = given.store;
    const { status, headers } = await fetch(`${clients.s3Endpoint}/${bucket}/key`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type, x-amz-checksum-crc64nvme, if-none-match',
      },
    });
    return {
      status,
      origin: headers.get('access-control-allow-origin'),
      exposed: headers.get('access-control-expose-headers')?.split(', '),
    };
  }

  declare('lets pages of the named origins upload, and no others', async () => {
    const { clients, store } = given;
    await allowUploadsFrom(clients.s3, store.bucket, [OURS]);
    for (const method of ['PUT', 'POST']) {
      expect(await ask(OURS, method)).toEqual({
        status: 200,
        origin: OURS,
        exposed: expect.arrayContaining(['ETag', 'Location']) as unknown,
      });
      expect(await ask('https://other.example', method)).toMatchObject({ status: 403 });
    }
    expect(await ask(OURS, 'DELETE')).toMatchObject({ status: 403 });
    await allowUploadsFrom(clients.s3, store.bucket, ['*']);
    expect(await ask('https://other.example', 'PUT')).toMatchObject({ status: 200, origin: '*' });
  });

  declare('lets any page read, a redirected one too', async () => {
    const { clients, store } = given;
    await allowUploadsFrom(clients.s3, store.bucket, [OURS]);
    // https://fetch.spec.whatwg.org/#http-redirect-fetch
    for (const origin of ['null', 'https://other.example']) {
      expect(await ask(origin, 'GET')).toMatchObject({ status: 200, origin: '*' });
    }
  });
}
