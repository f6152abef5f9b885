import { startLambda } from './lambda-process.ts';
import { apiGatewayEvent } from './api-gateway-event.ts';
import { startLambdaBackend } from './lambda-backend.ts';
import { withServers } from './server-process.ts';
import { startService, type Service } from './service.ts';

const OURS = 'https://app.example';
const THEIRS = 'https://other.example';

/** What a browser decides by. */
function corsOf({ headers }: Response): Record<string, string | null> {
  return {
    origin: headers.get('access-control-allow-origin'),
    credentials: headers.get('access-control-allow-credentials'),
    vary: headers.get('vary'),
  };
}

function preflight(origin: string): RequestInit {
  return { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } };
}

describe('where origins are named', () => {
  let service: Service;
  beforeAll(async () => {
    const cors = { origins: [OURS, 'http://localhost:4200'], credentials: true };
    service = await startService({ settings: { cors } });
  });
  afterAll(() => service.close());

  const get = (path: string, init?: RequestInit) => fetch(service.url + path, init);

  test.each(['/files', '/files/nope', '/nope', '/docs/swagger-ui.css'])(
    'a page of one of them may read %s, with credentials',
    async (path) => {
      for (const origin of [OURS, 'http://localhost:4200']) {
        const cors = corsOf(await get(path, { headers: { origin } }));
        expect(cors).toMatchObject({ origin, credentials: 'true' });
        // Caches must not give one origin the answer to another.
        expect(cors['vary']?.toLowerCase()).toContain('origin');
      }
    },
  );

  test.each([THEIRS, 'http://app.example', `${OURS}.evil.example`, `${OURS}:8443`, 'null'])(
    'a page of %s may not',
    async (origin) => {
      const cors = corsOf(await get('/files', { headers: { origin } }));
      expect(cors['origin']).toBeNull();
      expect(cors['vary']?.toLowerCase()).toContain('origin');
    },
  );

  test('a preflight of one of them is answered, and one of another origin gives it nothing', async () => {
    const [ours, theirs] = [
      await get('/files', preflight(OURS)),
      await get('/files', preflight(THEIRS)),
    ];
    expect(corsOf(ours)).toMatchObject({ origin: OURS, credentials: 'true' });
    expect(ours.headers.get('access-control-allow-methods')).toContain('POST');
    expect(corsOf(theirs)['origin']).toBeNull();
  });
});

test('the server takes its origins, and its bucket the same, from its environment, and refuses those it cannot use', async () => {
  await withServers(async ({ spawn, start }) => {
    const wrong = spawn({ ALLOW_CREDENTIALS: 'true' });
    expect((await wrong.ended).code).toBe(1);
    expect(wrong.lines.join()).toContain('name the origins');

    const { url, s3Endpoint } = await start({ ALLOWED_ORIGINS: OURS });
    const cors = corsOf(await fetch(`${url}/files`, { headers: { origin: OURS } }));
    expect(cors).toMatchObject({ origin: OURS, credentials: null });

    const ask = (origin: string, method: string) =>
      fetch(`${s3Endpoint}/file-upload/key`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'content-type, if-none-match',
        },
      });
    const { port, origin: own } = new URL(url);
    for (const origin of [OURS, own, `http://localhost:${port}`]) {
      for (const method of ['PUT', 'POST']) {
        const { status, headers } = await ask(origin, method);
        expect([status, headers.get('access-control-allow-origin')]).toEqual([200, origin]);
        expect(headers.get('access-control-expose-headers')).toMatch(/^ETag, Location, /);
      }
    }
    expect((await ask(THEIRS, 'PUT')).status).toBe(403);
    // After a redirect to the store a page has no origin; its signed URL is what counts.
    expect((await ask('null', 'GET')).status).toBe(200);
    expect((await ask(OURS, 'DELETE')).status).toBe(403);
  });
});

test('the Lambda takes its origins from its environment', async () => {
  const backend = await startLambdaBackend();
  const lambda = await startLambda({
    ...backend.environment,
    ALLOWED_ORIGINS: OURS,
    ALLOW_CREDENTIALS: 'true',
  });
  try {
    for (const origin of [OURS, THEIRS]) {
      const answer = await lambda.invoke(await apiGatewayEvent('/files', { headers: { origin } }));
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['access-control-allow-credentials']).toBe('true');
      const allowed = answer.headers['access-control-allow-origin'];
      expect(allowed).toBe(origin === OURS ? OURS : undefined);
    }
  } finally {
    await lambda.close();
    await backend.close();
  }
});
