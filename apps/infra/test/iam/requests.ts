import type { Topology } from '../engine/topology.ts';
import { recordedRequests } from './recorded-requests.ts';
import { serviceRequests } from './service-requests.ts';
import type { AwsRequest } from './simulate-request.ts';

const known = new WeakMap<Topology, AwsRequest[]>();

/**
 * Every request for which a topology has to have permissions: the calls of the product as its tests
 * record them, and what AWS does for them. The same request for two reasons counts once.
 *
 * @throws Error where a part is missing without which they cannot be told
 */
export function requestsOf(topology: Topology): AwsRequest[] {
  const before = known.get(topology);
  if (before) return before;
  const requests = new Map<string, AwsRequest>();
  for (const request of [...recordedRequests(topology), ...serviceRequests(topology)]) {
    const { principal, action, resource, context } = request;
    const key = JSON.stringify([principal, action, resource, context]);
    if (!requests.has(key)) requests.set(key, request);
  }
  known.set(topology, [...requests.values()]);
  return [...requests.values()];
}
