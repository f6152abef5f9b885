import { LIMITS } from '@file-upload/shared-types';
import * as Type from 'typebox';

/** What makes a creation one, however often it is asked for. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: LIMITS.idempotencyKeyLength,
      pattern: '^[!-~]+$',
      description:
        'Any text of your own, such as a UUID. Repeating a request with its key is the same as sending it once.',
    }),
  ),
});
