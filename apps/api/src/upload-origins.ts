import type { CorsSettings } from './services.ts';

/**
 * The origins whose pages may upload into the bucket: those that may call the service, and its own,
 * for its own page has another origin than the bucket.
 *
 * @param baseUrl what callers reach the service under
 * @param address where it listens
 */
export function uploadOrigins(
  { origins }: CorsSettings,
  baseUrl: string,
  address: string,
): string[] {
  // The same place: whoever opens the page types one or the other.
  const { port } = new URL(address);
  const own = [baseUrl, address, `http://localhost:${port}`, `http://127.0.0.1:${port}`];
  return [...new Set([origins, own.map((url) => new URL(url).origin)].flat())];
}
