import { join } from 'node:path';

/** Where `nx build web` has put the upload page. */
export function builtPageFolder(): string {
  return join(import.meta.dirname, '../../web/dist/page');
}
