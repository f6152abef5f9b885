import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Topology } from '../engine/topology.ts';
import { allOf, textAt, theOne } from '../invariants/resources.ts';
import { ANYTHING, expectAll } from './expect-all.ts';
import type { AwsRequest } from './simulate-request.ts';
import { SECURE } from './source-context.ts';

/** What somebody who has not signed the request asks of an object of the bucket. */
function anonymous(
  topology: Topology,
  what: string,
  action: string,
  context: AwsRequest['context'] = {},
): AwsRequest {
  const bucket = textAt(theOne(topology, 'aws:s3/bucket:Bucket'), 'arn');
  return {
    what,
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html',
    principal: 'anonymous',
    action,
    resource: /List/.test(action) ? bucket : `${bucket}/019ab3c2/holiday.jpg`,
    context: { ...SECURE, ...context },
  };
}

/** What S3 tells of a VALID public object. */
const TAG = { [`s3:ExistingObjectTag/${PUBLIC_READ_TAG.key}`]: PUBLIC_READ_TAG.value };

/** Whether the service gives out public addresses. */
function hasPublicRead(topology: Topology): boolean {
  const { environment } = theOne(topology, 'aws:lambda/function:Function').outputs;
  const { variables } = environment as { variables: Record<string, string> };
  return variables['PUBLIC_READ'] !== 'false';
}

/** What anybody does, with no permissions but those of the bucket's policy. */
export function openRequests(topology: Topology): AwsRequest[] {
  if (!hasPublicRead(topology)) return [];
  return [anonymous(topology, 'anybody reads a VALID public file', 's3:GetObject', TAG)];
}

/** What has to hold for who has no permissions, and for connections that anybody can read. */
export const OPEN_ACCESS_INVARIANTS: Record<string, (topology: Topology) => Promise<void>> = {
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
    const arnsOf = (type: string) => allOf(topology, type).map((one) => textAt(one, 'arn'));
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
