import type { Resource, Topology } from '../engine/topology.ts';
import { textAt, theOne } from '../invariants/resources.ts';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
export interface PolicyStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, string>;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

/** The statements that one resource of the topology brings. */
export interface Policy {
  /** The name of that resource. */
  holder: string;
  /** Whether they say what `of` may do, or who may do what with it. */
  kind: 'identity' | 'resource';
  /** An ARN. */
  of: string;
  statements: PolicyStatement[];
}

/** Where each type of resource keeps its policy, and whose it is. */
const HOLDERS: Record<string, (resource: Resource, topology: Topology) => Omit<Policy, 'holder'>> =
  {
    'aws:iam/role:Role': (role) => ({
      kind: 'resource',
      of: textAt(role, 'arn'),
      statements: parse(role, 'assumeRolePolicy'),
    }),
    'aws:iam/rolePolicy:RolePolicy': (policy, topology) => ({
      kind: 'identity',
      of: textAt(theOne(topology, 'aws:iam/role:Role', { name: textAt(policy, 'role') }), 'arn'),
      statements: parse(policy, 'policy'),
    }),
    'aws:s3/bucketPolicy:BucketPolicy': (policy) => ({
      kind: 'resource',
      of: `arn:aws:s3:::${textAt(policy, 'bucket')}`,
      statements: parse(policy, 'policy'),
    }),
    'aws:sns/topicPolicy:TopicPolicy': (policy) => ({
      kind: 'resource',
      of: textAt(policy, 'arn'),
      statements: parse(policy, 'policy'),
    }),
    'aws:sqs/queuePolicy:QueuePolicy': (policy, topology) => ({
      kind: 'resource',
      of: textAt(
        theOne(topology, 'aws:sqs/queue:Queue', { url: textAt(policy, 'queueUrl') }),
        'arn',
      ),
      statements: parse(policy, 'policy'),
    }),
    'aws:kms/key:Key': (key) => ({
      kind: 'resource',
      of: textAt(key, 'arn'),
      statements: parse(key, 'policy'),
    }),
    'aws:lambda/permission:Permission': (permission, topology) => {
      const name = textAt(permission, 'function');
      const fn = theOne(topology, 'aws:lambda/function:Function', { name });
      const qualifier = textAt(permission, 'qualifier');
      const arn = [textAt(fn, 'arn'), ...(qualifier ? [qualifier] : [])].join(':');
      const conditions = {
        ...(textAt(permission, 'sourceArn') && {
          ArnLike: { 'aws:SourceArn': textAt(permission, 'sourceArn') },
        }),
        ...(textAt(permission, 'sourceAccount') && {
          StringEquals: { 'aws:SourceAccount': textAt(permission, 'sourceAccount') },
        }),
      };
      return {
        kind: 'resource',
        of: arn,
        statements: [
          {
            Effect: 'Allow',
            Principal: { Service: textAt(permission, 'principal') },
            Action: textAt(permission, 'action'),
            Resource: arn,
            Condition: conditions,
          },
        ],
      };
    },
  };

function parse(resource: Resource, property: string): PolicyStatement[] {
  const { Statement } = JSON.parse(textAt(resource, property)) as {
    Statement: PolicyStatement | PolicyStatement[];
  };
  return [Statement].flat();
}

const known = new WeakMap<Topology, Policy[]>();

/**
 * Every policy of a topology.
 *
 * @throws Error on a type of resource that grants permissions and is not known here
 */
export function policiesOf(topology: Topology): Policy[] {
  const before = known.get(topology);
  if (before) return before;
  const policies = topology.resources.flatMap((resource) => {
    const { type, name } = resource;
    const holder = HOLDERS[type];
    if (!holder && /polic(y|ies)|permission|grant/i.test(type) && type.startsWith('aws:')) {
      if (!GRANT_NOTHING.includes(type)) throw new Error(`${type} is no holder of policies yet.`);
    }
    return holder ? [{ holder: name, ...holder(resource, topology) }] : [];
  });
  known.set(topology, policies);
  return policies;
}

/** Of a similar name, and no policies of IAM. */
const GRANT_NOTHING = ['aws:appautoscaling/policy:Policy'];

/** The policies that say who may do what with a resource. A bucket's are those of its objects too. */
export function resourcePoliciesFor(topology: Topology, resource: string): Policy[] {
  return policiesOf(topology).filter(
    ({ kind, of }) => kind === 'resource' && (resource === of || resource.startsWith(`${of}/`)),
  );
}

/** What the policies of a role let it do. */
export function identityPoliciesFor(topology: Topology, role: string): Policy[] {
  return policiesOf(topology).filter(({ kind, of }) => kind === 'identity' && of === role);
}
