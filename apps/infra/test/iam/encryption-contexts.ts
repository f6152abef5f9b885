import { allowedContextKeysForRequest } from '@cloud-copilot/iam-simulate';

/** What AWS tells of a request, by condition key. */
export type RequestContext = Record<string, string | string[]>;

export const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:';

/**
 * The simulator knows names of condition keys with variable parts after a slash alone. So a tag of
 * the principal, which no policy here asks for, stands in for each encryption context.
 */
export function withStandIns<T extends object>(value: T): T {
  return JSON.parse(
    JSON.stringify(value).replaceAll(ENCRYPTION_CONTEXT, 'aws:PrincipalTag/encryption-'),
  ) as T;
}

/** @throws Error on a request with an encryption context for an action that takes none */
export async function checkEncryptionContexts(
  action: string,
  resource: string,
  context: RequestContext,
): Promise<void> {
  if (!Object.keys(context).some((key) => key.startsWith(ENCRYPTION_CONTEXT))) return;
  const [service = '', operation = ''] = action.split(':');
  const keys = await allowedContextKeysForRequest(service, operation, resource, false, undefined);
  if (!keys.some((key) => key.startsWith(ENCRYPTION_CONTEXT.toLowerCase()))) {
    throw new Error(`AWS tells of no encryption context with ${action}.`);
  }
}
