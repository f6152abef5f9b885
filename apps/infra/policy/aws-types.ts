import type * as aws from '@pulumi/aws';
import type { Unwrap } from '@pulumi/pulumi';

/** What the resources are made of that rules look at, by Pulumi's names of their types. */
interface ArgsByType {
  'aws:apigatewayv2/domainName:DomainName': aws.apigatewayv2.DomainNameArgs;
  'aws:apigatewayv2/integration:Integration': aws.apigatewayv2.IntegrationArgs;
  'aws:apigatewayv2/route:Route': aws.apigatewayv2.RouteArgs;
  'aws:apigatewayv2/stage:Stage': aws.apigatewayv2.StageArgs;
  'aws:cloudwatch/eventRule:EventRule': aws.cloudwatch.EventRuleArgs;
  'aws:cloudwatch/eventTarget:EventTarget': aws.cloudwatch.EventTargetArgs;
  'aws:cloudwatch/logGroup:LogGroup': aws.cloudwatch.LogGroupArgs;
  'aws:cloudwatch/metricAlarm:MetricAlarm': aws.cloudwatch.MetricAlarmArgs;
  'aws:dynamodb/table:Table': aws.dynamodb.TableArgs;
  'aws:iam/policy:Policy': aws.iam.PolicyArgs;
  'aws:iam/role:Role': aws.iam.RoleArgs;
  'aws:iam/rolePolicy:RolePolicy': aws.iam.RolePolicyArgs;
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': aws.iam.RolePolicyAttachmentArgs;
  'aws:kms/key:Key': aws.kms.KeyArgs;
  'aws:lambda/alias:Alias': aws.lambda.AliasArgs;
  'aws:lambda/function:Function': aws.lambda.FunctionArgs;
  'aws:lambda/functionUrl:FunctionUrl': aws.lambda.FunctionUrlArgs;
  'aws:lambda/permission:Permission': aws.lambda.PermissionArgs;
  'aws:s3/bucket:Bucket': aws.s3.BucketArgs;
  'aws:s3/bucketAcl:BucketAcl': aws.s3.BucketAclArgs;
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': aws.s3.BucketLifecycleConfigurationArgs;
  'aws:s3/bucketLogging:BucketLogging': aws.s3.BucketLoggingArgs;
  'aws:s3/bucketNotification:BucketNotification': aws.s3.BucketNotificationArgs;
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': aws.s3.BucketOwnershipControlsArgs;
  'aws:s3/bucketPolicy:BucketPolicy': aws.s3.BucketPolicyArgs;
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': aws.s3.BucketPublicAccessBlockArgs;
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': aws.s3.BucketServerSideEncryptionConfigurationArgs;
  'aws:s3/bucketVersioning:BucketVersioning': aws.s3.BucketVersioningArgs;
  'aws:sfn/stateMachine:StateMachine': aws.sfn.StateMachineArgs;
  'aws:sns/topic:Topic': aws.sns.TopicArgs;
  'aws:sns/topicPolicy:TopicPolicy': aws.sns.TopicPolicyArgs;
  'aws:sqs/queue:Queue': aws.sqs.QueueArgs;
  'aws:sqs/queuePolicy:QueuePolicy': aws.sqs.QueuePolicyArgs;
}

export type AwsType = keyof ArgsByType;

/** The properties of a resource, each of which a program may have left out. */
export type PropsOf<T extends AwsType> = T extends AwsType ? Partial<Unwrap<ArgsByType[T]>> : never;
