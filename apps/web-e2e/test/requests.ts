import type { Page } from 'playwright-core';

/** A request that a page has sent. */
export interface SentRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  state: 'on its way' | 'answered' | 'failed';
}

/**
 * Keeps the requests that a page sends from now on.
 *
 * @returns tells those of a method whose path starts like this
 */
export function requestsOf(page: Page): (method: string, start: string) => SentRequest[] {
  const all = new Map<object, SentRequest>();
  page.on('request', (request) => {
    const { pathname: path, searchParams: query } = new URL(request.url());
    all.set(request, { method: request.method(), path, query, state: 'on its way' });
  });
  const turn = (request: object, state: SentRequest['state']) => {
    const sent = all.get(request);
    if (sent) sent.state = state;
  };
  page.on('requestfinished', (request) => turn(request, 'answered'));
  page.on('requestfailed', (request) => turn(request, 'failed'));
  return (method, start) =>
    [...all.values()].filter((sent) => sent.method === method && sent.path.startsWith(start));
}

/** The numbers of the parts that the store has answered for, of requests to it. */
export function answeredParts(requests: readonly SentRequest[]): number[] {
  return requests
    .filter(({ state, query }) => state === 'answered' && query.has('partNumber'))
    .map(({ query }) => Number(query.get('partNumber')));
}
