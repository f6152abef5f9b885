import { readFileSync } from 'node:fs';
import { incomingKey } from '@file-upload/shared-types';
import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Topology } from '../engine/topology.ts';
import { textAt, theOne } from '../invariants/resources.ts';
import type { PolicyStatement } from './policies.ts';
import type { AwsRequest } from './simulate-request.ts';
import { SECURE } from './source-context.ts';

/** As the tests of apps/api record them: see its `test/recorded-calls.ts`. */
interface RecordedCall {
  by: 'lambda' | 'reindex';
  service: 's3' | 'dynamodb';
  command: string;
  input?: {
    CopySource?: true;
    VersionId?: true;
    Tagging?: { TagSet: { Key: string }[] } | string;
    IndexName?: string;
  };
  answer?: 'NotFound';
  presigned?: true;
}

const CALLS = JSON.parse(
  readFileSync(new URL('../recorded-calls.json', import.meta.url), 'utf8'),
) as RecordedCall[];

/** Whoever rebuilds the table does it with permissions of their own. */
const OPERATOR = `arn:aws:iam::${ACCOUNT_ID}:role/operator`;

const S3_PERMISSIONS =
  'https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html';
const DYNAMODB_PERMISSIONS =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html';
const TABLE_KEY =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html';

/** The actions of the operations on objects, without a version and with one. */
const OBJECT_ACTIONS: Record<string, readonly [string, string?]> = {
  GetObject: ['GetObject', 'GetObjectVersion'],
  HeadObject: ['GetObject', 'GetObjectVersion'],
  PutObject: ['PutObject'],
  DeleteObject: ['DeleteObject', 'DeleteObjectVersion'],
  GetObjectTagging: ['GetObjectTagging', 'GetObjectVersionTagging'],
  PutObjectTagging: ['PutObjectTagging', 'PutObjectVersionTagging'],
  CopyObject: ['PutObject'],
  CreateMultipartUpload: ['PutObject'],
  UploadPart: ['PutObject'],
  CompleteMultipartUpload: ['PutObject'],
  AbortMultipartUpload: ['AbortMultipartUpload'],
  ListParts: ['ListMultipartUploadParts'],
};
const BUCKET_ACTIONS: Record<string, string> = {
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListMultipartUploads: 'ListBucketMultipartUploads',
};
/** What a call may be given for which this knows no further permissions. */
const UNDERSTOOD = ['CopySource', 'VersionId', 'Tagging', 'IndexName', 'ReturnValues'];

/** The requests that the recorded calls are, to the stores of a topology. */
export function recordedRequests(topology: Topology): AwsRequest[] {
  const role = textAt(theOne(topology, 'aws:lambda/function:Function'), 'role');
  return CALLS.flatMap((call) => {
    const extra = Object.keys(call.input ?? {}).filter((name) => !UNDERSTOOD.includes(name));
    if (extra.length > 0) {
      throw new Error(`What permissions does ${call.command} need for ${extra.join(', ')}?`);
    }
    const requests =
      call.service === 's3' ? s3Requests(topology, call) : dynamodbRequests(topology, call);
    const what = `${call.by === 'lambda' ? 'the product' : 'a rebuild'} calls ${call.command}`;
    return requests.map((request): AwsRequest => {
      const context = { ...SECURE, ...request.context };
      if (call.by === 'lambda') return { ...request, what, principal: role, context };
      return { ...request, what, principal: OPERATOR, context, identity: [exactly(request)] };
    });
  });
}

type Needed = Pick<AwsRequest, 'source' | 'action' | 'resource' | 'context'>;

const exactly = ({ action, resource }: Needed): PolicyStatement => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

function s3Requests(topology: Topology, { command, input = {}, answer }: RecordedCall): Needed[] {
  const bucket = textAt(theOne(topology, 'aws:s3/bucket:Bucket'), 'arn');
  const needs = (action: string, resource: string, context = {}): Needed => ({
    source: S3_PERMISSIONS,
    action: `s3:${action}`,
    resource,
    context,
  });
  // Without this permission S3 answers 403, and nobody knows that there is no such object.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  const toKnow = answer === 'NotFound' ? [needs('ListBucket', bucket)] : [];
  if (BUCKET_ACTIONS[command]) return [needs(BUCKET_ACTIONS[command], bucket), ...toKnow];

  const [plain, ofVersion] = OBJECT_ACTIONS[command] ?? [];
  const action = input.VersionId ? ofVersion : plain;
  if (!action) throw new Error(`What permissions does ${command} of S3 need?`);
  const key = '019ab3c2-7e5d-7a41-9c3e-5d2f8b6a1e04/holiday 年.jpg';
  const incoming = `${bucket}/${incomingKey(key)}`;
  // What a form brought is the only thing of which a version is deleted, or a copy made.
  const object = command === 'DeleteObject' && input.VersionId ? incoming : `${bucket}/${key}`;
  const isTagged = input.Tagging !== undefined && !command.endsWith('Tagging');
  const tags = typeof input.Tagging === 'object' ? input.Tagging.TagSet : [];
  const context = tags.length > 0 && { 's3:RequestObjectTagKeys': tags.map(({ Key }) => Key) };
  return [
    needs(action, object, { ...context }),
    ...(isTagged ? [needs('PutObjectTagging', object)] : []),
    ...(input.CopySource ? [needs('GetObject', incoming)] : []),
    ...toKnow,
  ];
}

function dynamodbRequests(topology: Topology, { command, input = {} }: RecordedCall): Needed[] {
  const table = theOne(topology, 'aws:dynamodb/table:Table');
  const arn = textAt(table, 'arn');
  const { IndexName } = input;
  const call: Needed = {
    source: DYNAMODB_PERMISSIONS,
    action: `dynamodb:${command}`,
    resource: IndexName ? `${arn}/index/${IndexName}` : arn,
    context: {},
  };
  const encryption = table.outputs.serverSideEncryption as { kmsKeyArn?: string } | undefined;
  if (!encryption?.kmsKeyArn) return [call];
  // In the name of whoever calls it, once in five minutes.
  const decrypt: Needed = {
    source: TABLE_KEY,
    action: 'kms:Decrypt',
    resource: encryption.kmsKeyArn,
    context: {
      'kms:ViaService': `dynamodb.${textAt(table, 'region')}.amazonaws.com`,
      'kms:EncryptionContext:aws:dynamodb:tableName': textAt(table, 'name'),
      'kms:EncryptionContext:aws:dynamodb:subscriberId': ACCOUNT_ID,
    },
  };
  return [call, decrypt];
}
