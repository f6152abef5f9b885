import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Topology } from '../engine/topology.ts';
import { output, policiesOf, resourcesOf, type PolicyStatement } from './policies.ts';
import { onlyOne } from './recorded-requests.ts';
import { requestsOf } from './requests.ts';
import { simulateRequest, type AwsRequest } from './simulate-request.ts';
import { forOtherAccount, inOtherContexts, OTHER_ACCOUNT, strangersOf } from './variations.ts';
import { unexplainedWildcards } from './wildcards.ts';

const SECURE = { 'aws:SecureTransport': 'true' };
const isService = ({ principal }: AwsRequest) => principal.endsWith('.amazonaws.com');
const isOwnRole = ({ principal, identity }: AwsRequest) =>
  principal.startsWith('arn:') && identity === undefined;

/** May do everything, as far as policies of its own decide. */
const ANYTHING: PolicyStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

const describe = ({ what, principal, action, resource, context, source }: AwsRequest) =>
  `${what}: ${principal} ${action} ${resource} ${JSON.stringify(context)} (${source})`;

/** @throws Error that lists the requests which are decided otherwise */
async function expectAll(
  topology: Topology,
  requests: readonly AwsRequest[],
  expected: 'Allowed' | 'denied' | 'ExplicitlyDenied',
): Promise<void> {
  const wrong: string[] = [];
  for (const request of requests) {
    const { result, isAllowed } = await simulateRequest(topology, request);
    const isRight = expected === 'denied' ? !isAllowed : result === expected;
    if (!isRight) wrong.push(`${result} instead of ${expected}: ${describe(request)}`);
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** What somebody who has not signed the request asks of an object of the bucket. */
function anonymous(
  topology: Topology,
  what: string,
  action: string,
  context: AwsRequest['context'] = {},
): AwsRequest {
  const bucket = output(onlyOne(topology, 'aws:s3/bucket:Bucket'), 'arn');
  return {
    what,
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html',
    principal: 'anonymous',
    action,
    resource: /List/.test(action) ? bucket : `${bucket}/019ab3c2/holiday.jpg`,
    context: { ...SECURE, ...context },
  };
}

const TAG = { [`s3:ExistingObjectTag/${PUBLIC_READ_TAG.key}`]: PUBLIC_READ_TAG.value };

/** Whether the service gives out public addresses. */
function hasPublicRead(topology: Topology): boolean {
  const { environment } = onlyOne(topology, 'aws:lambda/function:Function').outputs;
  const { variables } = environment as { variables: Record<string, string> };
  return variables['PUBLIC_READ'] !== 'false';
}

/**
 * What has to hold for the permissions of every topology; each throws an Error that says what does
 * not. A topology must not be changed in place: what is known of it is kept.
 */
export const PERMISSION_INVARIANTS: Record<string, (topology: Topology) => Promise<void> | void> = {
  'every call of the product and of AWS for it is allowed': async (topology) => {
    await expectAll(topology, requestsOf(topology), 'Allowed');
  },

  'every action of every grant is used by one of them': async (topology) => {
    const requests = [
      ...requestsOf(topology),
      ...(hasPublicRead(topology) ? [anonymous(topology, 'anybody', 's3:GetObject', TAG)] : []),
    ];
    const used = new Map<PolicyStatement, Set<string>>();
    for (const request of requests) {
      const { statements } = await simulateRequest(topology, request);
      for (const one of statements) {
        used.set(one, (used.get(one) ?? new Set()).add(request.action.toLowerCase()));
      }
    }
    const unused = policiesOf(topology).flatMap(({ holder, statements }) =>
      statements
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap((one) =>
          [one.Action]
            .flat()
            .filter((action) => ![...(used.get(one) ?? [])].some((made) => covers(action, made)))
            .map((action) => `${holder} grants ${action} in ${one.Sid ?? '?'} for nothing.`),
        ),
    );
    if (unused.length > 0) throw new Error(unused.join('\n'));
  },

  'every wildcard in a grant has a reason': (topology) => {
    const found = unexplainedWildcards(policiesOf(topology));
    if (found.length > 0) throw new Error(found.join('\n'));
  },

  'no role reaches what is of another stack, or of another part of this one': async (topology) => {
    const others = requestsOf(topology)
      .filter((request) => isOwnRole(request) && request.resource !== '*')
      .flatMap((request) =>
        strangersOf(request.resource).map((resource) => ({ ...request, resource })),
      );
    await expectAll(topology, others, 'denied');
  },

  'no role without a policy of its own and no other account does what the roles do': async (
    topology,
  ) => {
    const requests = requestsOf(topology).filter(({ resource }) => resource !== '*');
    const role = (account: string) => `arn:aws:iam::${account}:role/somebody`;
    await expectAll(
      topology,
      requests.flatMap((request) => [
        { ...request, principal: role(ACCOUNT_ID), identity: [] },
        { ...request, principal: role(OTHER_ACCOUNT), identity: ANYTHING },
      ]),
      'denied',
    );
  },

  'services act for this account alone': async (topology) => {
    const requests = requestsOf(topology).filter(isService);
    await expectAll(
      topology,
      requests.flatMap((request) => [
        forOtherAccount(request),
        { ...request, principal: 'ec2.amazonaws.com' },
      ]),
      'denied',
    );
  },

  'the key is used in no other encryption context': async (topology) => {
    const requests = requestsOf(topology).filter(
      (request) => request.action.startsWith('kms:') && request.identity === undefined,
    );
    await expectAll(topology, requests.flatMap(inOtherContexts), 'denied');
  },

  'anybody reads what is VALID and public, where that is wanted': async (topology) => {
    const request = anonymous(topology, 'anybody reads a VALID public file', 's3:GetObject', TAG);
    await expectAll(topology, [request], hasPublicRead(topology) ? 'Allowed' : 'denied');
  },

  'anybody without permissions reads nothing else, and changes nothing': async (topology) => {
    const other = { [`s3:ExistingObjectTag/${PUBLIC_READ_TAG.key}`]: 'private' };
    const wanted = { 's3:RequestObjectTagKeys': [PUBLIC_READ_TAG.key] };
    const requests = [
      // No other file has the tag: the workflow sets it when a public one is VALID, and takes it off
      // one that turns INVALID.
      anonymous(topology, 'anybody reads a private, PENDING or INVALID file', 's3:GetObject'),
      anonymous(topology, 'anybody reads a file with another tag', 's3:GetObject', other),
      anonymous(topology, 'anybody reads an old version', 's3:GetObjectVersion', TAG),
      anonymous(topology, 'anybody writes a file', 's3:PutObject', wanted),
      anonymous(topology, 'anybody tags a file', 's3:PutObjectTagging', { ...TAG, ...wanted }),
      anonymous(topology, 'anybody reads the tags', 's3:GetObjectTagging', TAG),
      anonymous(topology, 'anybody deletes a file', 's3:DeleteObject'),
      anonymous(topology, 'anybody lists the files', 's3:ListBucket'),
      anonymous(topology, 'anybody lists the versions', 's3:ListBucketVersions'),
    ];
    await expectAll(topology, requests, 'denied');
  },

  'nothing passes over plain HTTP, not even for who may do everything': async (topology) => {
    const arnsOf = (type: string) => resourcesOf(topology, type).map((one) => output(one, 'arn'));
    const targets = [
      ...arnsOf('aws:s3/bucket:Bucket').flatMap((arn) => [
        ['s3:ListBucket', arn],
        ['s3:GetObject', `${arn}/key`],
        ['s3:PutObject', `${arn}/key`],
        ['s3:DeleteObject', `${arn}/key`],
      ]),
      ...arnsOf('aws:sns/topic:Topic').map((arn) => ['sns:Publish', arn]),
      ...arnsOf('aws:sqs/queue:Queue').flatMap((arn) => [
        ['sqs:SendMessage', arn],
        ['sqs:ReceiveMessage', arn],
      ]),
    ];
    const requests = targets.map(([action = '', resource = '']) => ({
      what: 'an administrator uses plain HTTP',
      source: 'https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5',
      principal: `arn:aws:iam::${ACCOUNT_ID}:role/administrator`,
      action,
      resource,
      context: { 'aws:SecureTransport': 'false' },
      identity: ANYTHING,
    }));
    const reading = hasPublicRead(topology)
      ? [
          anonymous(topology, 'anybody uses plain HTTP', 's3:GetObject', {
            ...TAG,
            'aws:SecureTransport': 'false',
          }),
        ]
      : [];
    await expectAll(topology, [...requests, ...reading], 'ExplicitlyDenied');
  },
};

/** Whether an action of a policy, which may have wildcards, stands for one that was asked for. */
function covers(action: string, made: string): boolean {
  const pattern = action.toLowerCase().replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(made);
}
