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
  const { naming, longest = 255 } = simulated;

  // https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
  let name = `${logicalName}-${digest.slice(0, 7)}`;
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

/** Answers a function of the AWS provider. */
export function simulateInvoke(token: string): Record<string, unknown> {
  if (token !== 'aws:index/getCallerIdentity:getCallerIdentity') {
    throw new Error(`nothing answers the function ${token}`);
  }
  return {
    accountId: ACCOUNT_ID,
    arn: `arn:aws:iam::${ACCOUNT_ID}:user/deployer`,
    id: ACCOUNT_ID,
    userId: 'AIDACKCEVSQ6C2EXAMPLE',
  };
}
