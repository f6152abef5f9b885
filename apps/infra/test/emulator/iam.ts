import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type * as aws from '@pulumi/aws';
import { physicalName, tagList, type Make } from './request.ts';

export const role: Make<aws.iam.RoleArgs> = async (request) => {
  const { inputs, tags } = request;
  const RoleName = inputs.name ?? physicalName(request, 64);
  const { Role } = await request.aws.iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: inputs.assumeRolePolicy as string,
      Tags: tagList(tags),
    }),
  );
  return { id: RoleName, outputs: { name: RoleName, arn: Role?.Arn } };
};

export const rolePolicy: Make<aws.iam.RolePolicyArgs> = async (request) => {
  const { inputs } = request;
  const RoleName = inputs.role as string;
  const PolicyName = inputs.name ?? physicalName(request, 128);
  await request.aws.iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: inputs.policy as string }),
  );
  return { id: `${RoleName}:${PolicyName}`, outputs: { name: PolicyName } };
};
