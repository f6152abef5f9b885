import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import type { Deployment } from './deployment.ts';

/**
 * Makes a log group that keeps its logs as long as the stack is configured to, encrypted. What logs
 * into it would otherwise make one that keeps them for ever.
 *
 * @param purpose what it is for: the last part of its name
 */
export function makeLogGroup(
  name: string,
  purpose: string,
  { settings, logs }: Deployment,
  key: aws.kms.Key,
  options: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    `${name}-${purpose}-log`,
    {
      name: `${logs}/${purpose}`,
      retentionInDays: settings.logRetentionDays,
      kmsKeyId: key.arn,
    },
    options,
  );
}
