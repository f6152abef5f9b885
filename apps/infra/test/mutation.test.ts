import type { Resource, Topology } from './engine/topology.ts';
import { runProgram } from './engine/run-program.ts';
import { PERMISSION_INVARIANTS } from './iam/invariants.ts';
import { EVERYTHING, TOPOLOGY_INVARIANTS } from './invariants/index.ts';
import type { Invariants } from './invariants/resources.ts';
import { POLICY_INVARIANTS } from './policy/invariants.ts';

/**
 * Shows that the invariants are worth something: whatever is taken away from the deployment, a
 * resource, a statement of a policy or an action of a statement, one of them is broken.
 */
const INVARIANTS: Invariants = {
  ...TOPOLOGY_INVARIANTS,
  ...PERMISSION_INVARIANTS,
  ...POLICY_INVARIANTS,
};

interface Mutant {
  kind: 'resource' | 'statement' | 'action';
  /** What is missing. */
  name: string;
  topology: Topology;
}

interface PolicyDocument {
  Version: string;
  Statement: { Sid: string; Action: string | string[] }[];
}

const complete = await runProgram({ config: EVERYTHING });

function* mutantsOf(topology: Topology): Generator<Mutant> {
  const { resources } = topology;
  for (const resource of resources) {
    const { type, name } = resource;
    // The stack itself is not ours to leave out.
    if (type === 'pulumi:pulumi:Stack') continue;
    const others = resources.filter((other) => other !== resource);
    const label = `${type} ${name}`;
    yield { kind: 'resource', name: label, topology: { ...topology, resources: others } };

    for (const [property, document] of policiesOf(resource)) {
      const withStatements = (Statement: PolicyDocument['Statement']): Topology => ({
        ...topology,
        resources: resources.map((other) =>
          other === resource ? changed(resource, property, { ...document, Statement }) : other,
        ),
      });
      const { Statement } = document;
      for (const statement of Statement) {
        const { Sid, Action } = statement;
        yield {
          kind: 'statement',
          name: `${Sid} of ${label}`,
          topology: withStatements(Statement.filter((other) => other !== statement)),
        };
        if (typeof Action === 'string') continue;
        for (const action of Action) {
          const fewer = { ...statement, Action: Action.filter((other) => other !== action) };
          yield {
            kind: 'action',
            name: `${action} of ${Sid} of ${label}`,
            topology: withStatements(
              Statement.map((other) => (other === statement ? fewer : other)),
            ),
          };
        }
      }
    }
  }
}

/** The policies that a resource has, by property. */
function policiesOf({ inputs }: Resource): [property: string, document: PolicyDocument][] {
  return Object.entries(inputs).flatMap(([property, value]): [string, PolicyDocument][] => {
    if (typeof value !== 'string' || !value.startsWith('{"Version":"2012-10-17"')) return [];
    return [[property, JSON.parse(value) as PolicyDocument]];
  });
}

function changed(resource: Resource, property: string, document: PolicyDocument): Resource {
  const change = { [property]: JSON.stringify(document) };
  return {
    ...resource,
    inputs: { ...resource.inputs, ...change },
    outputs: { ...resource.outputs, ...change },
  };
}

/** The first invariant that a topology breaks, and how. */
async function brokenBy(topology: Topology): Promise<string | undefined> {
  for (const [name, holds] of Object.entries(INVARIANTS)) {
    try {
      await holds(topology);
    } catch (error) {
      return `${name}: ${(error as Error).message}`;
    }
  }
  return undefined;
}

test('nothing is broken where nothing is missing', async () => {
  expect(await brokenBy(complete)).toBeUndefined();
});

test('whatever is missing is noticed', async () => {
  const count = () => ({ made: 0, noticed: 0 });
  const counts = { resource: count(), statement: count(), action: count() };
  const survivors: string[] = [];
  for (const { kind, name, topology } of mutantsOf(complete)) {
    const broken = await brokenBy(topology);
    counts[kind].made++;
    if (broken) counts[kind].noticed++;
    else survivors.push(name);
  }
  const shares = Object.entries(counts).map(
    ([kind, { made, noticed }]) =>
      `${kind}s left out: ${made}, noticed: ${noticed} (${((100 * noticed) / made).toFixed(1)}%)`,
  );
  console.log(shares.join('\n'));
  expect(survivors).toEqual([]);
  // The deployment has that many: fewer would mean that they are not looked for.
  expect(counts.resource.made).toBeGreaterThan(60);
  expect(counts.statement.made).toBeGreaterThan(25);
  expect(counts.action.made).toBeGreaterThan(30);
});
