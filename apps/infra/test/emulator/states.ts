import {
  CreateStateMachineCommand,
  type LogLevel,
  type StateMachineType,
} from '@aws-sdk/client-sfn';
import type * as aws from '@pulumi/aws';
import { physicalName, type Make } from './request.ts';

export const stateMachine: Make<aws.sfn.StateMachineArgs> = async (request) => {
  const { inputs, tags } = request;
  const name = inputs.name ?? physicalName(request, 80);
  const { loggingConfiguration: log, tracingConfiguration } = inputs;
  const { stateMachineArn = '' } = await request.aws.sfn.send(
    new CreateStateMachineCommand({
      name,
      type: inputs.type as StateMachineType,
      roleArn: inputs.roleArn,
      definition: inputs.definition,
      loggingConfiguration: log && {
        level: log.level as LogLevel,
        includeExecutionData: log.includeExecutionData,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logDestination } }],
      },
      tracingConfiguration,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    }),
  );
  return { id: stateMachineArn, outputs: { name, arn: stateMachineArn } };
};
