import type { Topology } from '../engine/topology.ts';
import type { PolicyStatement } from './policies.ts';
import { simulateRequest, type AwsRequest } from './simulate-request.ts';

/** Of who may do everything, as far as their own policies decide. */
export const ANYTHING: PolicyStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

const describe = ({ what, principal, action, resource, context, source }: AwsRequest) =>
  `${what}: ${principal} ${action} ${resource} ${JSON.stringify(context)} (${source})`;

/** @throws Error that lists the requests which are decided otherwise */
export async function expectAll(
  topology: Topology,
  requests: readonly AwsRequest[],
  expected: 'Allowed' | 'denied' | 'ExplicitlyDenied',
): Promise<void> {
  const wrong: string[] = [];
  for (const request of requests) {
    const { result, isAllowed } = await simulateRequest(topology, request);
    const isRight = expected === 'denied' ? !isAllowed : result === expected;
    if (!isRight) wrong.push(`${result} instead of ${expected}: ${describe(request)}`);
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}
