/** A statement of an IAM policy, each of its elements as a list. */
export interface Statement {
  allows: boolean;
  principals: { kind: string; value: string }[];
  actions: string[];
  resources: string[];
  conditions: { operator: string; key: string; values: string[] }[];
  /** Elements that say what is left out, such as `NotAction`. */
  negated: string[];
}

type OneOrMore = string | string[];
interface StatementJson {
  Effect: string;
  Principal?: '*' | Record<string, OneOrMore>;
  Action?: OneOrMore;
  Resource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
}

/**
 * The statements of a policy. None for a policy that is not there.
 *
 * @param policy JSON, or what it says
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 * @throws SyntaxError when it is no JSON
 */
export function statementsOf(policy: unknown): Statement[] {
  if (policy === undefined || policy === null) return [];
  const document = (typeof policy === 'string' ? JSON.parse(policy) : policy) as {
    Statement?: StatementJson | StatementJson[];
  };
  return list(document.Statement).map((statement) => ({
    allows: statement.Effect === 'Allow',
    principals: principalsOf(statement.Principal),
    actions: list(statement.Action).map((action) => action.toLowerCase()),
    resources: list(statement.Resource),
    conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: list(values),
      })),
    ),
    negated: Object.keys(statement).filter((element) => element.startsWith('Not')),
  }));
}

/** The statements of a policy that allow something. */
export function grantsOf(policy: unknown): Statement[] {
  return statementsOf(policy).filter(({ allows }) => allows);
}

/** Whether a statement is for anybody, signed in to AWS or not. */
export function isForAnybody({ principals, negated }: Statement): boolean {
  return negated.includes('NotPrincipal') || principals.some(({ value }) => value === '*');
}

/** Whether a statement, or one of its patterns, is about an action (in lower case). */
export function covers({ actions, negated }: Statement, action: string): boolean {
  return negated.includes('NotAction') || actions.some((pattern) => matches(pattern, action));
}

/**
 * Whether a policy refuses an action to whoever comes over plain HTTP.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
 */
export function refusesPlainHttp(policy: unknown, action: string, resource: RegExp): boolean {
  return statementsOf(policy).some(
    (statement) =>
      !statement.allows &&
      isForAnybody(statement) &&
      statement.actions.includes(action) &&
      statement.resources.some((pattern) => resource.test(pattern)) &&
      statement.conditions.length === 1 &&
      statement.conditions.every(
        ({ operator, key, values }) =>
          operator === 'Bool' && key === 'aws:securetransport' && values.join() === 'false',
      ),
  );
}

function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
}

function principalsOf(principal: StatementJson['Principal']): Statement['principals'] {
  if (principal === undefined) return [];
  if (typeof principal === 'string') return [{ kind: 'AWS', value: principal }];
  return Object.entries(principal).flatMap(([kind, values]) =>
    list(values).map((value) => ({ kind, value })),
  );
}

function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
