import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import type * as aws from '@pulumi/aws';
import { physicalName, tagList, type Make } from './request.ts';

export const topic: Make<aws.sns.TopicArgs> = async (request) => {
  const { inputs, tags } = request;
  const Name = inputs.name ?? physicalName(request, 256);
  const { displayName, kmsMasterKeyId } = inputs;
  const { TopicArn = '' } = await request.aws.sns.send(
    new CreateTopicCommand({
      Name,
      Attributes: {
        ...(displayName && { DisplayName: displayName }),
        ...(kmsMasterKeyId && { KmsMasterKeyId: kmsMasterKeyId }),
      },
      Tags: tagList(tags),
    }),
  );
  return { id: TopicArn, outputs: { name: Name, arn: TopicArn } };
};

export const topicPolicy: Make<aws.sns.TopicPolicyArgs> = async ({ inputs, aws: { sns } }) => {
  const AttributeValue = inputs.policy as string;
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn: inputs.arn,
      AttributeName: 'Policy',
      AttributeValue,
    }),
  );
  return { id: inputs.arn, outputs: {} };
};

export const topicSubscription: Make<aws.sns.TopicSubscriptionArgs> = async ({ inputs, aws }) => {
  const { SubscriptionArn = '' } = await aws.sns.send(
    new SubscribeCommand({
      TopicArn: inputs.topic as string,
      Protocol: inputs.protocol,
      Endpoint: inputs.endpoint,
      ReturnSubscriptionArn: true,
    }),
  );
  return { id: SubscriptionArn, outputs: { arn: SubscriptionArn } };
};
