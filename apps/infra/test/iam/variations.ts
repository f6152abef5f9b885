import { ACCOUNT_ID } from '../engine/simulate.ts';
import { ENCRYPTION_CONTEXT } from './encryption-contexts.ts';
import type { AwsRequest } from './simulate-request.ts';

/** An account that has nothing to do with the deployment. */
export const OTHER_ACCOUNT = '999999999999';

/** ARNs like the given one, of what belongs to another stack, or to another part of this one. */
export function strangersOf(arn: string): string[] {
  const [, , service = '', , , ...rest] = arn.split(':');
  const before = arn.split(':').slice(0, 5).join(':');
  const resource = rest.join(':');
  const strangers = strangerResources(service, resource).map((other) => `${before}:${other}`);
  // A bucket's ARN has no account.
  const elsewhere = arn.includes(ACCOUNT_ID) ? [inOtherAccount(arn)] : [];
  return [...strangers, ...elsewhere];
}

function strangerResources(service: string, resource: string): string[] {
  const [first = '', ...others] = resource.split('/');
  const path = others.map((part) => `/${part}`).join('');
  switch (service) {
    case 's3':
      return [`${first}-other${path}`, `other-${first}${path}`];
    case 'dynamodb': {
      const [table = '', ...index] = others;
      const rest = index.map((part) => `/${part}`).join('');
      return [
        `table/${table}-other${rest}`,
        `table/other-${table}${rest}`,
        ...(rest ? [`table/${table}${rest}-other`] : []),
      ];
    }
    case 'kms':
      return ['key/00000000-0000-0000-0000-000000000000'];
    case 'lambda': {
      const [, name = '', qualifier] = resource.split(':');
      // What is not published under the alias may be half of an update.
      const other = qualifier ? [`function:${name}`, `function:${name}:other`] : [];
      return [`function:${name}-other${qualifier ? `:${qualifier}` : ''}`, ...other];
    }
    case 'logs':
      return [
        resource.replace(/^(log-group:[^:]+)\//, '$1-other/'),
        resource.replace(/^(log-group:[^:]+)/, '$1-other'),
      ];
    default:
      return [`${resource}-other`];
  }
}

const inOtherAccount = (value: string) => value.replaceAll(ACCOUNT_ID, OTHER_ACCOUNT);

/** The request as a service would make it for a resource of another account. */
export function forOtherAccount(request: AwsRequest): AwsRequest {
  const context = Object.entries(request.context).map(
    ([key, value]) => [key, [value].flat().map(inOtherAccount)] as const,
  );
  return {
    ...request,
    context: Object.fromEntries(
      context.map(([key, values]) => [key, values.length === 1 ? values[0]! : [...values]]),
    ),
  };
}

/** The request to the key with each part of its context of another stack, and without it. */
export function inOtherContexts(request: AwsRequest): AwsRequest[] {
  return Object.entries(request.context)
    .filter(([key]) => key.startsWith(ENCRYPTION_CONTEXT) || key === 'kms:ViaService')
    .flatMap(([key, value]) => {
      const { [key]: _, ...without } = request.context;
      const changed = key === 'kms:ViaService' ? 's3.us-east-1.amazonaws.com' : otherValue(value);
      return [
        { ...request, context: { ...request.context, [key]: changed } },
        { ...request, context: without },
      ];
    });
}

function otherValue(value: string | string[]): string {
  const one = [value].flat()[0] ?? '';
  return one.startsWith('arn:') ? (strangersOf(one)[0] ?? '') : `${one}-other`;
}
