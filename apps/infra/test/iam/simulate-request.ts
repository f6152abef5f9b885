import {
  allowedContextKeysForRequest,
  anonymousPrincipal,
  runSimulation,
} from '@cloud-copilot/iam-simulate';
import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Topology } from '../engine/topology.ts';
import {
  identityPoliciesFor,
  output,
  resourcePoliciesFor,
  resourcesOf,
  type Policy,
  type PolicyStatement,
} from './policies.ts';

/** One action on one resource, as IAM decides on it. */
export interface AwsRequest {
  /** What it is for. */
  what: string;
  /** AWS's page that says that it takes this action. */
  source: string;
  /** The ARN of a role, the name of a service such as `states.amazonaws.com`, or `anonymous`. */
  principal: string;
  action: string;
  /** An ARN, or `*` for actions that know no resources. */
  resource: string;
  context: Record<string, string | string[]>;
  /** What a principal may do that is none of the topology. */
  identity?: PolicyStatement[];
}

export interface Decision {
  isAllowed: boolean;
  /** The statements that allowed it, or that refused it explicitly. */
  statements: PolicyStatement[];
  result: string;
}

/** What a key's policy says where nothing else is said: that the policies of its account decide. */
const DEFAULT_KEY_POLICY: PolicyStatement = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
  Action: 'kms:*',
  Resource: '*',
};

/**
 * Decides on a request as AWS would, with the policies of a topology.
 *
 * @throws Error on what AWS does not know: actions, resources or condition keys of the request
 */
export async function simulateRequest(topology: Topology, request: AwsRequest): Promise<Decision> {
  const { principal, resource } = request;
  const identity = request.identity ?? statementsOf(identityPoliciesFor(topology, principal));
  const policies = resourcePoliciesFor(topology, resource);
  const isOtherKey = policies.length === 0 && resource.startsWith('arn:aws:kms:');
  const guards = isOtherKey ? [DEFAULT_KEY_POLICY] : statementsOf(policies);
  const { result, ids } = await decide(request, identity, guards, blocksPublic(topology, resource));
  return {
    isAllowed: result === 'Allowed',
    result,
    statements: ids.map((id) => (id.startsWith('I') ? identity : guards)[Number(id.slice(1))]!),
  };
}

const statementsOf = (policies: readonly Policy[]) =>
  policies.flatMap(({ statements }) => statements);

/**
 * Whether a bucket keeps out whoever a public policy lets in. New buckets do unless told otherwise.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
function blocksPublic(topology: Topology, resource: string): boolean {
  const type = 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock';
  const block = resourcesOf(topology, type).find((one) =>
    `${resource}/`.startsWith(`arn:aws:s3:::${output(one, 'bucket')}/`),
  );
  const { blockPublicPolicy, restrictPublicBuckets } = block?.outputs ?? {};
  return blockPublicPolicy !== false || restrictPublicBuckets !== false;
}

const decided = new Map<string, Promise<{ result: string; ids: string[] }>>();

/** Decides on the same only once: topologies that are compared differ in little. */
function decide(
  { principal, action, resource, context }: AwsRequest,
  identity: readonly PolicyStatement[],
  guards: readonly PolicyStatement[],
  blockPublicAccess: boolean,
): Promise<{ result: string; ids: string[] }> {
  const input = { principal, action, resource, context, identity, guards, blockPublicAccess };
  const key = JSON.stringify(input);
  const before = decided.get(key);
  if (before) return before;
  const decision = run(input);
  decided.set(key, decision);
  return decision;
}

async function run({
  principal,
  action,
  resource,
  context,
  identity,
  guards,
  blockPublicAccess,
}: Pick<AwsRequest, 'principal' | 'action' | 'resource' | 'context'> & {
  identity: readonly PolicyStatement[];
  guards: readonly PolicyStatement[];
  blockPublicAccess: boolean;
}): Promise<{ result: string; ids: string[] }> {
  const policy = (prefix: string, statements: readonly PolicyStatement[]) => ({
    Version: '2012-10-17',
    // Told apart by the place in the list.
    Statement: statements.map((one, index) => standIn({ ...one, Sid: `${prefix}${index}` })),
  });
  const accountId = resource.split(':')[4] || ACCOUNT_ID;
  const answer = await runSimulation(
    {
      request: {
        principal: principal === 'anonymous' ? anonymousPrincipal : principal,
        action,
        resource: { resource, accountId },
        contextVariables: standIn(await withoutUnknowable(action, resource, context)),
      },
      identityPolicies:
        identity.length > 0 ? [{ name: 'identity', policy: policy('I', identity) }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(guards.length > 0 && { resourcePolicy: policy('R', guards) }),
      additionalSettings: { s3: { blockPublicAccess } },
    },
    {},
  );
  if (answer.resultType !== 'single') {
    throw new Error(`${action} on ${resource} by ${principal}: ${JSON.stringify(answer)}`);
  }
  const { analysis, ignoredContextKeys = [] } = answer.result;
  if (ignoredContextKeys.length > 0) {
    throw new Error(`AWS does not tell ${ignoredContextKeys.join(', ')} with ${action}.`);
  }
  const { identityAnalysis, resourceAnalysis } = analysis;
  const denied = [identityAnalysis, resourceAnalysis].flatMap((one) => one?.denyStatements ?? []);
  const allowed = [identityAnalysis, resourceAnalysis].flatMap((one) => one?.allowStatements ?? []);
  const decisive = denied.length > 0 ? denied : allowed;
  return {
    result: answer.overallResult,
    ids: decisive.map(({ explain }) => explain.identifier),
  };
}

const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:';

/**
 * The simulator knows names of condition keys with variable parts after a slash alone. So a tag of
 * the principal, which no policy here asks for, stands in for each encryption context.
 */
function standIn<T extends object>(value: T): T {
  return JSON.parse(
    JSON.stringify(value).replaceAll(ENCRYPTION_CONTEXT, 'aws:PrincipalTag/encryption-'),
  ) as T;
}

/** Without the encryption contexts, where an action takes none: DescribeKey. */
async function withoutUnknowable(
  action: string,
  resource: string,
  context: AwsRequest['context'],
): Promise<AwsRequest['context']> {
  const entries = Object.entries(context);
  if (!entries.some(([key]) => key.startsWith(ENCRYPTION_CONTEXT))) return context;
  const [service = '', operation = ''] = action.split(':');
  const keys = await allowedContextKeysForRequest(service, operation, resource, false, undefined);
  const takesAny = keys.some((key) => key.startsWith(ENCRYPTION_CONTEXT.toLowerCase()));
  return takesAny
    ? context
    : Object.fromEntries(entries.filter(([key]) => !key.startsWith(ENCRYPTION_CONTEXT)));
}
