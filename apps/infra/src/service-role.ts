import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import { policyDocument, type Statement } from './policy.ts';

/** A role, and the policy that what uses it has to wait for. */
export interface ServiceRole {
  role: aws.iam.Role;
  policy: aws.iam.RolePolicy;
}

/**
 * Makes a role that a service of AWS takes on, for resources of this account only, and what it may
 * do with it.
 *
 * @param name of the role, without `-role` at the end
 * @param service such as `lambda.amazonaws.com`
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function makeServiceRole(
  name: string,
  service: string,
  accountId: pulumi.Input<string>,
  statements: Statement[],
  options: pulumi.CustomResourceOptions,
): ServiceRole {
  const trust: Statement = {
    Sid: 'ForThisAccount',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
  };
  const role = new aws.iam.Role(
    `${name}-role`,
    { assumeRolePolicy: policyDocument([trust]) },
    options,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    { role: role.id, policy: policyDocument(statements) },
    options,
  );
  return { role, policy };
}
