import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type * as aws from '@pulumi/aws';
import { physicalName, type Make } from './request.ts';

export const queue: Make<aws.sqs.QueueArgs> = async (request) => {
  const { inputs, tags, region, accountId } = request;
  const QueueName = inputs.name ?? physicalName(request, 80);
  const { QueueUrl = '' } = await request.aws.sqs.send(
    new CreateQueueCommand({
      QueueName,
      Attributes: {
        MessageRetentionPeriod: String(inputs.messageRetentionSeconds),
        SqsManagedSseEnabled: String(inputs.sqsManagedSseEnabled),
      },
      tags,
    }),
  );
  const arn = `arn:aws:sqs:${region}:${accountId}:${QueueName}`;
  return { id: QueueUrl, outputs: { url: QueueUrl, name: QueueName, arn } };
};

export const queuePolicy: Make<aws.sqs.QueuePolicyArgs> = async ({ inputs, aws: { sqs } }) => {
  const { queueUrl: QueueUrl, policy } = inputs;
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy as string } }),
  );
  return { id: QueueUrl, outputs: {} };
};
