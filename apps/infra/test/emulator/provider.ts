import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Provider } from '../engine/topology.ts';
import * as apigateway from './apigateway.ts';
import type { Clients } from './clients.ts';
import * as cloudwatch from './cloudwatch.ts';
import * as dynamodb from './dynamodb.ts';
import type { Edge } from './edge.ts';
import * as events from './events.ts';
import { GAPS } from './gaps.ts';
import * as iam from './iam.ts';
import * as kms from './kms.ts';
import * as lambda from './lambda.ts';
import * as logs from './logs.ts';
import { watchReads } from './reads.ts';
import type { Make, Request } from './request.ts';
import * as s3 from './s3.ts';
import * as sns from './sns.ts';
import * as sqs from './sqs.ts';
import * as states from './states.ts';

/** What makes each type of resource. */
const MAKES: Readonly<Record<string, Make<never>>> = {
  'aws:apigatewayv2/api:Api': apigateway.api,
  'aws:apigatewayv2/apiMapping:ApiMapping': apigateway.apiMapping,
  'aws:apigatewayv2/domainName:DomainName': apigateway.domainName,
  'aws:apigatewayv2/integration:Integration': apigateway.integration,
  'aws:apigatewayv2/route:Route': apigateway.route,
  'aws:apigatewayv2/stage:Stage': apigateway.stage,
  'aws:cloudwatch/dashboard:Dashboard': cloudwatch.dashboard,
  'aws:cloudwatch/eventRule:EventRule': events.rule,
  'aws:cloudwatch/eventTarget:EventTarget': events.target,
  'aws:cloudwatch/logGroup:LogGroup': logs.logGroup,
  'aws:cloudwatch/metricAlarm:MetricAlarm': cloudwatch.metricAlarm,
  'aws:dynamodb/table:Table': dynamodb.table,
  'aws:iam/role:Role': iam.role,
  'aws:iam/rolePolicy:RolePolicy': iam.rolePolicy,
  'aws:kms/alias:Alias': kms.alias,
  'aws:kms/key:Key': kms.key,
  'aws:lambda/alias:Alias': lambda.alias,
  'aws:lambda/function:Function': lambda.fn,
  'aws:lambda/permission:Permission': lambda.permission,
  'aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig':
    lambda.provisionedConcurrency,
  'aws:s3/bucket:Bucket': s3.bucket,
  'aws:s3/bucketCorsConfiguration:BucketCorsConfiguration': s3.cors,
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': s3.lifecycle,
  'aws:s3/bucketNotification:BucketNotification': s3.notification,
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': s3.ownershipControls,
  'aws:s3/bucketPolicy:BucketPolicy': s3.bucketPolicy,
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': s3.publicAccessBlock,
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration':
    s3.encryption,
  'aws:s3/bucketVersioning:BucketVersioning': s3.versioning,
  'aws:sfn/stateMachine:StateMachine': states.stateMachine,
  'aws:sns/topic:Topic': sns.topic,
  'aws:sns/topicPolicy:TopicPolicy': sns.topicPolicy,
  'aws:sns/topicSubscription:TopicSubscription': sns.topicSubscription,
  'aws:sqs/queue:Queue': sqs.queue,
  'aws:sqs/queuePolicy:QueuePolicy': sqs.queuePolicy,
};

/** Where a stack is deployed to. */
export interface Target {
  aws: Clients;
  edge: Edge;
  /** The tags of all resources that have some. */
  defaultTags: Record<string, string>;
}

/** Makes each resource on MiniStack, with all that its inputs say but for the known gaps. */
export function emulate({ aws, edge, defaultTags }: Target): Provider {
  return async ({ type, name, inputs: given, region }) => {
    const make = MAKES[type];
    if (!make) {
      if (isGap(type)) return { id: name, outputs: {} };
      throw new Error(`nothing in test/emulator makes a ${type} (${name})`);
    }
    const { inputs, unread } = watchReads(given);
    const tags = { ...defaultTags, ...(inputs.tags as Record<string, string> | undefined) };
    const request = { name, inputs, tags, region, accountId: ACCOUNT_ID, aws, edge };
    const made = await make(request as Request<never>).catch((cause: unknown) => {
      throw new Error(`${type} ${name}: ${String(cause)}`, { cause });
    });
    const ignored = unread().filter((input) => !isGap(type, input));
    if (ignored.length > 0) {
      throw new Error(`test/emulator does not apply ${ignored.join(', ')} of ${type} (${name})`);
    }
    return made;
  };
}

/** Whether a type is left out, or an input of it. */
function isGap(type: string, input?: string): boolean {
  return GAPS.some(
    (gap) => gap.type === type && (gap.input === input || input?.startsWith(`${gap.input}.`)),
  );
}
