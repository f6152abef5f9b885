import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import type * as aws from '@pulumi/aws';
import { physicalName, tagList, type Make } from './request.ts';

export const rule: Make<aws.cloudwatch.EventRuleArgs> = async (request) => {
  const { inputs, tags } = request;
  const Name = inputs.name ?? physicalName(request, 64);
  const { RuleArn } = await request.aws.events.send(
    new PutRuleCommand({
      Name,
      Description: inputs.description,
      EventPattern: inputs.eventPattern,
      Tags: tagList(tags),
    }),
  );
  return { id: Name, outputs: { name: Name, arn: RuleArn } };
};

export const target: Make<aws.cloudwatch.EventTargetArgs> = async (request) => {
  const { inputs } = request;
  const { rule: Rule, retryPolicy, deadLetterConfig } = inputs;
  const Id = inputs.targetId ?? physicalName(request, 64);
  const { FailedEntries = [] } = await request.aws.events.send(
    new PutTargetsCommand({
      Rule,
      Targets: [
        {
          Id,
          Arn: inputs.arn,
          RoleArn: inputs.roleArn,
          RetryPolicy: retryPolicy && {
            MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
            MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
          },
          DeadLetterConfig: deadLetterConfig && { Arn: deadLetterConfig.arn },
        },
      ],
    }),
  );
  if (FailedEntries.length > 0) throw new Error(JSON.stringify(FailedEntries));
  return { id: `${Rule}-${Id}`, outputs: { targetId: Id } };
};
