import { AppError } from '@file-upload/shared-types';
// By name, so that a bundle has what these need, and not all of jose.
import { errors, jwtVerify } from 'jose';

/** What an owner can be called: it is kept with every object, whose description has little room. */
const OWNER = /^[\x21-\x7e]{1,128}$/;

/**
 * Whom a token is about, once its signature is verified.
 *
 * @throws TOKEN_INVALID, TOKEN_EXPIRED
 */
export async function subjectOf(token: string, secret: string): Promise<string> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      requiredClaims: ['sub', 'exp'],
    });
    if (OWNER.test(payload.sub ?? '')) return payload.sub ?? '';
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new AppError('TOKEN_EXPIRED', 'The upload token has expired. Get a new one.');
    }
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  throw new AppError(
    'TOKEN_INVALID',
    'The upload token is not one that this service takes: a JWT, signed with its secret by HS256, with exp and, of at most 128 visible ASCII characters, sub.',
  );
}
