import { CreateLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import type * as aws from '@pulumi/aws';
import { physicalName, type Make } from './request.ts';

export const logGroup: Make<aws.cloudwatch.LogGroupArgs> = async (request) => {
  const { inputs, tags, region, accountId } = request;
  const { logs } = request.aws;
  const logGroupName = inputs.name ?? physicalName(request, 512);
  const { kmsKeyId, retentionInDays } = inputs;
  await logs.send(new CreateLogGroupCommand({ logGroupName, kmsKeyId, tags }));
  if (retentionInDays) {
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
  }
  const arn = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName}`;
  return { id: logGroupName, outputs: { name: logGroupName, arn } };
};
