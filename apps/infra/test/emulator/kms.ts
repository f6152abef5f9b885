import {
  CreateAliasCommand,
  CreateKeyCommand,
  EnableKeyRotationCommand,
} from '@aws-sdk/client-kms';
import type * as aws from '@pulumi/aws';
import type { Make } from './request.ts';

export const key: Make<aws.kms.KeyArgs> = async ({ inputs, tags, aws: { kms } }) => {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({
      Description: inputs.description,
      Policy: inputs.policy,
      Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    }),
  );
  const id = KeyMetadata?.KeyId ?? '';
  if (inputs.enableKeyRotation) await kms.send(new EnableKeyRotationCommand({ KeyId: id }));
  return { id, outputs: { keyId: id, arn: KeyMetadata?.Arn } };
};

export const alias: Make<aws.kms.AliasArgs> = async ({ inputs, aws: { kms } }) => {
  const AliasName = inputs.name ?? '';
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: inputs.targetKeyId }));
  return { id: AliasName, outputs: { name: AliasName } };
};
