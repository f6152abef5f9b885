import { ANONYMOUS, AppError } from '@file-upload/shared-types';

/**
 * Whose uploads a request is about, by the token in its path. Uppy sends no header that a token could
 * be in.
 *
 * @param secret undefined where the service asks for no tokens: then everybody is one owner
 * @param token a JWT (RFC 7519), signed with HS256, that has `sub`, the owner, and `exp`
 * @throws TOKEN_REQUIRED, TOKEN_INVALID, TOKEN_EXPIRED; ROUTE_NOT_FOUND for a token nobody asked for
 */
export async function ownerOf(
  secret: string | undefined,
  token: string | undefined,
): Promise<string> {
  if (secret === undefined) {
    if (token === undefined) return ANONYMOUS;
    throw new AppError('ROUTE_NOT_FOUND', 'This service takes no upload tokens. Use /s3/...');
  }
  if (token === undefined) {
    throw new AppError(
      'TOKEN_REQUIRED',
      'Put an upload token into the path: /u/{token}/s3/... In Uppy it is part of the endpoint.',
    );
  }
  // Only who uses tokens waits for what verifies them.
  const { subjectOf } = await import('./token-subject.ts');
  return await subjectOf(token, secret);
}

/** A URL without the upload token that may be in it: for logs, and for what others may read. */
export function withoutToken(url: string): string {
  return url.replace(/^(\/+u\/+)[^/?#]+/i, '$1[token]');
}
