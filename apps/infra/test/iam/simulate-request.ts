import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Topology } from '../engine/topology.ts';
import { allOf, textAt } from '../invariants/resources.ts';
import {
  checkEncryptionContexts,
  withStandIns,
  type RequestContext,
} from './encryption-contexts.ts';
import {
  identityPoliciesFor,
  resourcePoliciesFor,
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
  context: RequestContext;
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
  const block = allOf(topology, type).find((one) =>
    `${resource}/`.startsWith(`arn:aws:s3:::${textAt(one, 'bucket')}/`),
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
    Statement: statements.map((one, index) => withStandIns({ ...one, Sid: `${prefix}${index}` })),
  });
  await checkEncryptionContexts(action, resource, context);
  const accountId = resource.split(':')[4] || ACCOUNT_ID;
  const answer = await runSimulation(
    {
      request: {
        principal: principal === 'anonymous' ? anonymousPrincipal : principal,
        action,
        resource: { resource, accountId },
        contextVariables: withStandIns(context),
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
