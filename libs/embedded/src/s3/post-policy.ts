import { ALGORITHM, sameText, sign, signingKey } from './sigv4.ts';
import { isTimestamp, readCredential, type Credentials } from './authenticate.ts';
import { S3Error } from './errors.ts';

/** The fields of a form before its file, by lower-case name. */
export type FormFields = ReadonlyMap<string, string>;

export interface SizeRange {
  min: number;
  max: number;
}

/** Fields that no condition has to cover. */
const FREE = new Set(['policy', 'x-amz-signature', 'file']);

/**
 * Verifies a browser form's policy: its signature, that it has not expired, that every condition
 * holds and that every field is covered by one.
 *
 * @returns the sizes the policy allows the file to have, in bytes
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function checkPostPolicy(
  bucket: string,
  fields: FormFields,
  credentials: Credentials,
): SizeRange {
  const encoded = fields.get('policy');
  if (encoded === undefined) throw new S3Error('AccessDenied');
  verifySignature(encoded, fields, credentials);

  const policy = parsePolicy(encoded);
  if (Date.now() > policy.expiration) {
    throw new S3Error('AccessDenied', 'Invalid according to Policy: Policy expired.');
  }
  const values = new Map(fields).set('bucket', bucket);
  const covered = new Set<string>();
  const size: SizeRange = { min: 0, max: Infinity };
  for (const condition of policy.conditions) {
    if (condition.kind === 'content-length-range') {
      size.min = Math.max(size.min, condition.min);
      size.max = Math.min(size.max, condition.max);
      continue;
    }
    covered.add(condition.field);
    if (!holds(condition, values.get(condition.field))) {
      throw new S3Error(
        'AccessDenied',
        `Invalid according to Policy: Policy Condition failed: ${JSON.stringify(condition.source)}`,
      );
    }
  }
  const given = fields.get('bucket');
  if (given !== undefined && given !== bucket) throw new S3Error('AccessDenied');
  for (const name of fields.keys()) {
    if (!covered.has(name) && !FREE.has(name) && !name.startsWith('x-ignore-')) {
      throw new S3Error('AccessDenied', `Invalid according to Policy: Extra input fields: ${name}`);
    }
  }
  return size;
}

function verifySignature(encoded: string, fields: FormFields, credentials: Credentials): void {
  const field = (name: string): string => {
    const value = fields.get(name.toLowerCase());
    if (value) return value;
    throw new S3Error(
      'InvalidArgument',
      `Bucket POST must contain a field named '${name}'. If it is specified, please check the order of the fields.`,
    );
  };
  if (field('X-Amz-Algorithm') !== ALGORITHM) {
    throw new S3Error('InvalidArgument', `X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  const timestamp = field('X-Amz-Date');
  const scope = readCredential(
    field('X-Amz-Credential'),
    's3',
    credentials,
    (message, details) => new S3Error('InvalidArgument', message, details),
  );
  if (!isTimestamp(timestamp) || !timestamp.startsWith(scope.day)) {
    throw new S3Error('InvalidArgument', 'X-Amz-Date is not the date of the credential.');
  }
  const expected = sign(signingKey(credentials.secretAccessKey, scope), encoded);
  if (!sameText(expected, field('X-Amz-Signature'))) throw new S3Error('SignatureDoesNotMatch');
}

type Condition =
  | { kind: 'content-length-range'; min: number; max: number }
  | { kind: 'eq' | 'starts-with'; field: string; value: string; source: unknown };

function parsePolicy(encoded: string): { expiration: number; conditions: Condition[] } {
  let policy: unknown;
  try {
    policy = JSON.parse(Buffer.from(encoded, 'base64').toString());
  } catch {
    throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.');
  }
  const { expiration, conditions, ...others } = (policy ?? {}) as Record<string, unknown>;
  const expires = typeof expiration === 'string' ? Date.parse(expiration) : NaN;
  if (Number.isNaN(expires) || !Array.isArray(conditions) || Object.keys(others).length > 0) {
    throw new S3Error('InvalidPolicyDocument');
  }
  return { expiration: expires, conditions: conditions.flatMap(parseCondition) };
}

function parseCondition(source: unknown): Condition[] {
  if (!Array.isArray(source)) {
    const members = Object.entries((source ?? {}) as Record<string, unknown>);
    if (typeof source !== 'object' || members.length === 0) throw badCondition(source);
    return members.map(([name, value]) => {
      if (typeof value !== 'string') throw badCondition(source);
      return { kind: 'eq', field: name.toLowerCase(), value, source };
    });
  }
  const [operator, first, second, ...more] = source as unknown[];
  const kind = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (more.length > 0) throw badCondition(source);
  if (kind === 'content-length-range') {
    const [min, max] = [Number(first), Number(second)];
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) throw badCondition(source);
    return [{ kind, min, max }];
  }
  const field = typeof first === 'string' && first.startsWith('$') ? first.slice(1) : '';
  if ((kind !== 'eq' && kind !== 'starts-with') || field === '' || typeof second !== 'string') {
    throw badCondition(source);
  }
  return [{ kind, field: field.toLowerCase(), value: second, source }];
}

function badCondition(source: unknown): S3Error {
  return new S3Error(
    'InvalidPolicyDocument',
    `Invalid Policy: Invalid condition ${JSON.stringify(source)}`,
  );
}

function holds(
  condition: Extract<Condition, { field: string }>,
  given: string | undefined,
): boolean {
  if (given === undefined) return false;
  if (condition.kind === 'eq') return given === condition.value;
  // A list of content types has to match item by item.
  const items = condition.field === 'content-type' ? given.split(',') : [given];
  return items.every(
    (item) => item.trimStart().startsWith(condition.value) || item.startsWith(condition.value),
  );
}
