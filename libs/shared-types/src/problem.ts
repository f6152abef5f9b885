import * as Type from 'typebox';
import type { Static } from 'typebox';
import { ERROR_CODES } from './error-codes.ts';
import { ValidationStatus } from './metadata.ts';
import { reference } from './reference.ts';

/** The body of every error: RFC 9457 problem details. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Always `about:blank`: `code` tells problems apart.' }),
    title: Type.String({ description: 'The reason phrase of the status.' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.Enum(ERROR_CODES, { type: 'string', description: 'Stable; made for programs.' }),
    message: Type.String({ description: 'What happened and what to do, for people.' }),
    request_id: Type.String({ description: 'Quote it when you ask for help.' }),
    validation_status: Type.Optional(reference(ValidationStatus)),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof Problem>;
