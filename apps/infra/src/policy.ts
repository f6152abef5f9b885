import * as pulumi from '@pulumi/pulumi';

/**
 * A statement of an IAM policy.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Principal?: pulumi.Input<'*' | Record<string, pulumi.Input<string>>>;
  Action: string | string[];
  Resource?: pulumi.Input<string> | pulumi.Input<string>[];
  Condition?: Record<string, Record<string, pulumi.Input<string>>>;
}

/** A policy document, as JSON. */
export function policyDocument(statements: Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: '2012-10-17', Statement: statements });
}

/** Refuses whatever comes over plain HTTP. */
export function tlsOnly(
  action: string,
  resource: pulumi.Input<string> | pulumi.Input<string>[],
): Statement {
  return {
    Sid: 'RefusePlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: action,
    Resource: resource,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/**
 * What lets X-Ray be told of traces. These actions know no resources.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export const SEND_TRACES: Statement = {
  Sid: 'SendTraces',
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};
