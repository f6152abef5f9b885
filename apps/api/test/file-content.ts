/** Where the service sends those who ask it for the bytes of a file. */
export async function locate(
  serviceUrl: string,
  fileId: string,
  { query = '', method = 'GET' }: { query?: string; method?: string } = {},
): Promise<URL> {
  const path = `${serviceUrl}/files/${fileId}/content${query}`;
  const answer = await fetch(path, { method, redirect: 'manual' });
  expect(answer.status).toBe(307);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return new URL(answer.headers.get('location') ?? '');
}

/** Whether an address is good for some time only; the others are public. */
export function isSigned({ searchParams }: URL): boolean {
  return searchParams.has('X-Amz-Signature');
}
