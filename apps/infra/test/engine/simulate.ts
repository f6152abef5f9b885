import { createHash } from 'node:crypto';
import type { Provider } from './topology.ts';

export const ACCOUNT_ID = '123456789012';

/** Makes nothing, and answers the ids, names and ARNs that AWS would. */
export const simulate: Provider = async ({ name, urn }) => ({
  id: `${name}-${createHash('sha256').update(urn).digest('hex').slice(0, 7)}`,
  outputs: {},
});

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
