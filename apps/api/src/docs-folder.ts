import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where npm has put Swagger UI. */
export function swaggerUiFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
}
