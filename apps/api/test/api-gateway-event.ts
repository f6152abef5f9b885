import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** Types whose bodies API Gateway hands on as text; it makes base64 of all others. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b)/;
const HOST = 'abcdef1234.execute-api.us-east-1.amazonaws.com';
const SOURCE_IP = '203.0.113.7';

/**
 * The event that an HTTP API's `$default` route makes of a request: payload format 2.0.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export async function apiGatewayEvent(
  path: string,
  init: RequestInit = {},
): Promise<APIGatewayProxyEventV2> {
  const request = new Request(new URL(path, `https://${HOST}`), init);
  const { pathname, search } = new URL(request.url);
  const bytes = Buffer.from(await request.arrayBuffer());
  const headers = headersOf(request, bytes);
  const isText = TEXT.test(headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    ...(search && { queryStringParameters: queryOf(search) }),
    requestContext: contextOf(request.method, pathname, headers),
    ...(bytes.length > 0 && { body: bytes.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: bytes.length > 0 && !isText,
  };
}

/** Lower case, as HTTP/2 has them, with those that API Gateway adds. */
function headersOf(request: Request, bytes: Buffer): Record<string, string> {
  return {
    ...Object.fromEntries(request.headers),
    'content-length': String(bytes.length),
    host: HOST,
    'x-amzn-trace-id': 'Root=1-6748e3a5-0a1b2c3d4e5f60718293a4b5',
    'x-forwarded-for': SOURCE_IP,
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  };
}

/** Values of one name are joined with commas; so a comma alone does not tell them apart. */
function queryOf(search: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) {
    query[name] = name in query ? `${query[name]},${value}` : value;
  }
  return query;
}

function contextOf(
  method: string,
  path: string,
  headers: Record<string, string>,
): APIGatewayProxyEventV2['requestContext'] {
  return {
    accountId: '123456789012',
    apiId: 'abcdef1234',
    domainName: HOST,
    domainPrefix: 'abcdef1234',
    http: {
      method,
      path,
      protocol: 'HTTP/1.1',
      sourceIp: SOURCE_IP,
      userAgent: headers['user-agent'] ?? 'curl/8.10.1',
    },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: '$default',
    stage: '$default',
    time: '28/Nov/2026:21:42:29 +0000',
    timeEpoch: 1_795_902_149_000,
  };
}
