import { createHash } from 'node:crypto';
import { TYPES } from './aws-types.ts';
import type { Provider } from './topology.ts';

export const ACCOUNT_ID = '123456789012';

/**
 * Makes nothing, and answers the ids, names and ARNs that AWS would: for the same resource the
 * same each time.
 *
 * @throws Error on a type it does not know, and on a name too long for AWS
 */
export const simulate: Provider = async ({ type, name: logicalName, urn, inputs, region }) => {
  const simulated = TYPES[type];
  if (!simulated) throw new Error(`nothing simulates ${type}`);
  const text = (property: string) => {
    const value = inputs[property];
    return typeof value === 'string' ? value : '';
  };
  const digest = createHash('sha256').update(urn).digest('hex');
  const { naming, prefix = '', longest = 255 } = simulated;

  // https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
  let name = `${prefix}${logicalName}-${digest.slice(0, 7)}`;
  if (naming && text(`${naming}Prefix`)) name = text(`${naming}Prefix`) + digest.slice(0, 26);
  if (naming && text(naming)) name = text(naming);
  if (naming && name.length > longest) {
    throw new Error(`${name} is longer than the ${longest} characters of a ${type}'s name`);
  }

  const at = text('region') || region;
  const arn = (service: string, resource: string, place = at) =>
    `arn:aws:${service}:${place}:${ACCOUNT_ID}:${resource}`;
  const { id, ...outputs } = simulated.answer({ inputs, text, name, digest, region: at, arn });
  return { id, outputs: { ...(naming && { [naming]: name }), region: at, ...outputs } };
};

/** Answers a function of the AWS provider, for an account in `region`. */
export function simulateInvoke(token: string, region: string): Record<string, unknown> {
  switch (token) {
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return {
        accountId: ACCOUNT_ID,
        arn: `arn:aws:iam::${ACCOUNT_ID}:user/deployer`,
        id: ACCOUNT_ID,
        userId: 'AIDACKCEVSQ6C2EXAMPLE',
      };
    case 'aws:index/getPartition:getPartition':
      return {
        dnsSuffix: 'amazonaws.com',
        id: 'aws',
        partition: 'aws',
        reverseDnsPrefix: 'com.amazonaws',
      };
    case 'aws:index/getRegion:getRegion':
      return {
        description: region,
        endpoint: `ec2.${region}.amazonaws.com`,
        id: region,
        name: region,
        region,
      };
    default:
      throw new Error(`nothing answers the function ${token}`);
  }
}
