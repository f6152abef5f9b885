import { STATUS_CODES } from 'node:http';
import { Problem, reference, type ErrorCode } from '@file-upload/shared-types';
import * as Type from 'typebox';
import { statusOf } from '../problems.ts';

/** The headers of every answer, as the contract describes them. */
export const commonHeaders = {
  'X-Request-Id': Type.String({ description: 'Names this request in the logs.' }),
};

const content = { 'application/problem+json': { schema: reference(Problem) } };
const RETRY_AFTER = { 'Retry-After': Type.Integer({ description: 'Seconds to wait.' }) };

/** Describes, for a route's contract, the errors that it answers with; every route shares some. */
export function errors(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes, 'HEADERS_TOO_LARGE', 'INTERNAL_ERROR'] as const) {
    const status = statusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      {
        description: `${STATUS_CODES[status]}: ${those.map((code) => `\`${code}\``).join(', ')}`,
        headers: { ...commonHeaders, ...(status === 503 && RETRY_AFTER) },
        content,
      },
    ]),
  );
}
