import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { Topology } from '../engine/topology.ts';
import { ANYTHING, expectAll } from './expect-all.ts';
import { OPEN_ACCESS_INVARIANTS, openRequests } from './open-access.ts';
import { policiesOf, type PolicyStatement } from './policies.ts';
import { requestsOf } from './requests.ts';
import { simulateRequest, type AwsRequest } from './simulate-request.ts';
import { forOtherAccount, inOtherContexts, OTHER_ACCOUNT, strangersOf } from './variations.ts';
import { unexplainedWildcards } from './wildcards.ts';

const isService = ({ principal }: AwsRequest) => principal.endsWith('.amazonaws.com');
const isOwnRole = ({ principal, identity }: AwsRequest) =>
  principal.startsWith('arn:') && identity === undefined;

/**
 * What has to hold for the permissions of every topology; each throws an Error that says what does
 * not. A topology must not be changed in place: what is known of it is kept.
 */
export const PERMISSION_INVARIANTS: Record<string, (topology: Topology) => Promise<void> | void> = {
  'every call of the product and of AWS for it is allowed': async (topology) => {
    await expectAll(topology, requestsOf(topology), 'Allowed');
  },

  'every action of every grant is used by one of them': async (topology) => {
    const requests = [...requestsOf(topology), ...openRequests(topology)];
    const used = new Map<PolicyStatement, Set<string>>();
    for (const request of requests) {
      const { statements } = await simulateRequest(topology, request);
      for (const one of statements) {
        used.set(one, (used.get(one) ?? new Set()).add(request.action.toLowerCase()));
      }
    }
    const unused = policiesOf(topology).flatMap(({ holder, statements }) =>
      statements
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap((one) =>
          [one.Action]
            .flat()
            .filter((action) => ![...(used.get(one) ?? [])].some((made) => covers(action, made)))
            .map((action) => `${holder} grants ${action} in ${one.Sid ?? '?'} for nothing.`),
        ),
    );
    if (unused.length > 0) throw new Error(unused.join('\n'));
  },

  'every wildcard in a grant has a reason': (topology) => {
    const found = unexplainedWildcards(policiesOf(topology));
    if (found.length > 0) throw new Error(found.join('\n'));
  },

  'no role reaches what is of another stack, or of another part of this one': async (topology) => {
    const others = requestsOf(topology)
      .filter((request) => isOwnRole(request) && request.resource !== '*')
      .flatMap((request) =>
        strangersOf(request.resource).map((resource) => ({ ...request, resource })),
      );
    await expectAll(topology, others, 'denied');
  },

  'no role without a policy of its own and no other account does what the roles do': async (
    topology,
  ) => {
    const requests = requestsOf(topology).filter(({ resource }) => resource !== '*');
    const role = (account: string) => `arn:aws:iam::${account}:role/somebody`;
    await expectAll(
      topology,
      requests.flatMap((request) => [
        { ...request, principal: role(ACCOUNT_ID), identity: [] },
        { ...request, principal: role(OTHER_ACCOUNT), identity: ANYTHING },
      ]),
      'denied',
    );
  },

  'services act for this account alone': async (topology) => {
    const requests = requestsOf(topology).filter(isService);
    await expectAll(
      topology,
      requests.flatMap((request) => [
        forOtherAccount(request),
        { ...request, principal: 'ec2.amazonaws.com' },
      ]),
      'denied',
    );
  },

  'the key is used in no other encryption context': async (topology) => {
    const requests = requestsOf(topology).filter(
      (request) => request.action.startsWith('kms:') && request.identity === undefined,
    );
    await expectAll(topology, requests.flatMap(inOtherContexts), 'denied');
  },

  ...OPEN_ACCESS_INVARIANTS,
};

/** Whether an action of a policy, which may have wildcards, stands for one that was asked for. */
function covers(action: string, made: string): boolean {
  const pattern = action.toLowerCase().replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(made);
}
