import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  waitUntilFunctionActiveV2,
  type Architecture,
  type LogFormat,
  type Runtime,
  type TracingMode,
} from '@aws-sdk/client-lambda';
import type * as aws from '@pulumi/aws';
import { zipSync } from 'fflate';
import { physicalName, type Make } from './request.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** The files of a folder and of those in it, as Pulumi puts them into an archive. */
async function zip(folder: string): Promise<Uint8Array> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = found
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), await readFile(file)] as const;
    });
  return zipSync(Object.fromEntries(await Promise.all(entries)), { level: 1 });
}

export const fn: Make<aws.lambda.FunctionArgs> = async (request) => {
  const { inputs, tags, region, edge } = request;
  const { lambda } = request.aws;
  const FunctionName = inputs.name ?? physicalName(request, 64);
  // As the engine writes an archive: a path from the project's folder.
  const { archive } = inputs.code as unknown as { archive: string };
  const { loggingConfig, tracingConfig, reservedConcurrentExecutions: reserved = -1 } = inputs;
  const { FunctionArn = '', Version } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Description: inputs.description,
      Runtime: inputs.runtime as Runtime,
      Architectures: inputs.architectures as Architecture[] | undefined,
      Handler: inputs.handler,
      Role: inputs.role,
      MemorySize: inputs.memorySize,
      Timeout: inputs.timeout,
      Publish: inputs.publish,
      Code: { ZipFile: await zip(path.resolve(PROJECT, archive)) },
      // All that MiniStack's functions need more: its credentials are those of the role.
      Environment: { Variables: { ...inputs.environment?.variables, AWS_ENDPOINT_URL: edge.url } },
      LoggingConfig: loggingConfig && {
        LogFormat: loggingConfig.logFormat as LogFormat,
        LogGroup: loggingConfig.logGroup,
      },
      TracingConfig: tracingConfig && { Mode: tracingConfig.mode as TracingMode },
      Tags: tags,
    }),
  );
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 60, minDelay: 1 },
    { FunctionName },
  );
  if (reserved >= 0) {
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }),
    );
  }
  // Of a published function MiniStack answers the ARN of the version, AWS that of the function.
  const arn = FunctionArn.split(':').slice(0, 7).join(':');
  return {
    id: FunctionName,
    outputs: {
      name: FunctionName,
      arn,
      version: Version,
      qualifiedArn: `${arn}:${Version}`,
      invokeArn: invokeArn(arn, region),
    },
  };
};

/** What API Gateway calls a function by. */
function invokeArn(arn: string, region: string): string {
  return `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

export const alias: Make<aws.lambda.AliasArgs> = async (request) => {
  const { inputs, region } = request;
  const Name = inputs.name ?? physicalName(request, 128);
  const { AliasArn = '' } = await request.aws.lambda.send(
    new CreateAliasCommand({
      Name,
      FunctionName: inputs.functionName,
      FunctionVersion: inputs.functionVersion,
    }),
  );
  return {
    id: AliasArn,
    outputs: { name: Name, arn: AliasArn, invokeArn: invokeArn(AliasArn, region) },
  };
};

export const permission: Make<aws.lambda.PermissionArgs> = async (request) => {
  const { inputs } = request;
  const StatementId = inputs.statementId ?? physicalName(request, 100);
  await request.aws.lambda.send(
    new AddPermissionCommand({
      StatementId,
      Action: inputs.action,
      FunctionName: inputs.function as string,
      Qualifier: inputs.qualifier,
      Principal: inputs.principal,
      SourceArn: inputs.sourceArn,
    }),
  );
  return { id: StatementId, outputs: { statementId: StatementId } };
};

export const provisionedConcurrency: Make<aws.lambda.ProvisionedConcurrencyConfigArgs> = async (
  request,
) => {
  const { functionName, qualifier, provisionedConcurrentExecutions } = request.inputs;
  await request.aws.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: functionName,
      Qualifier: qualifier,
      ProvisionedConcurrentExecutions: provisionedConcurrentExecutions,
    }),
  );
  return { id: `${functionName},${qualifier}`, outputs: {} };
};
