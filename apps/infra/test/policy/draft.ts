import type { AwsType, PropsOf } from '../../policy/aws-types.ts';
import type { Resource, Topology } from '../engine/topology.ts';

/** Such as `s3.Bucket`, as in the program. */
type Kind = AwsType extends `aws:${infer Service}/${string}:${infer Name}`
  ? `${Service}.${Name}`
  : never;
type TypeOf<K extends Kind> = K extends `${infer Service}.${infer Name}`
  ? Extract<AwsType, `aws:${Service}/${string}:${Name}`>
  : never;

interface StatementJson {
  Sid?: string;
  Effect: string;
  [element: string]: unknown;
}

/** A copy of a topology in which things can be made wrong. */
export class Draft {
  readonly topology: Topology;

  constructor(topology: Topology) {
    this.topology = structuredClone(topology);
  }

  /**
   * The first resource of a kind.
   *
   * @param name how its name ends
   * @throws Error when there is none: the case would show nothing
   */
  the(kind: Kind, name = ''): Resource {
    const type = new RegExp(`^aws:${kind.replace('.', '/[^:]+:')}$`);
    const found = this.topology.resources.find(
      (resource) => type.test(resource.type) && resource.name.endsWith(name),
    );
    if (!found) throw new Error(`there is no ${kind} whose name ends with "${name}"`);
    return found;
  }

  /** @throws Error when there is none: the case would show nothing */
  get provider(): Resource {
    const found = this.topology.resources.find(({ type }) => type === 'pulumi:providers:aws');
    if (!found) throw new Error('there is no AWS provider');
    return found;
  }

  /** Gives a resource other properties. */
  set<K extends Kind>(kind: K, props: PropsOf<TypeOf<K>>, name?: string): void {
    const resource = this.the(kind, name);
    Object.assign(resource.inputs, props);
    Object.assign(resource.outputs, props);
  }

  /** Takes properties from a resource, with what it depended on for them. */
  unset<K extends Kind>(kind: K, properties: (keyof PropsOf<TypeOf<K>> & string)[]): void {
    const resource = this.the(kind);
    for (const property of properties) {
      delete resource.inputs[property];
      delete resource.outputs[property];
      delete resource.propertyDependencies[property];
    }
  }

  /** Says that a property was computed from other resources. */
  derive(kind: Kind, property: string, ...from: Resource[]): void {
    this.the(kind).propertyDependencies[property] = from.map(({ urn }) => urn);
  }

  remove(kind: Kind, name?: string): void {
    const { resources } = this.topology;
    resources.splice(resources.indexOf(this.the(kind, name)), 1);
  }

  /** Adds a resource which depends on others for some properties. */
  add<T extends AwsType>(
    type: T,
    props: PropsOf<T>,
    from: Partial<Record<keyof PropsOf<T> & string, Resource>> = {},
  ): Resource {
    const name = 'file-upload-test-added';
    const added: Resource = {
      urn: `urn:pulumi:test::file-upload::${type}::${name}`,
      type,
      name,
      custom: true,
      parent: '',
      inputs: { ...props },
      secretInputs: [],
      id: name,
      outputs: { ...props },
      dependencies: [],
      propertyDependencies: Object.fromEntries(
        Object.entries(from).map(([property, resource]) => [
          property,
          [(resource as Resource).urn],
        ]),
      ),
      options: {
        protect: true,
        retainOnDelete: false,
        provider: this.the('s3.Bucket').options.provider,
        ignoreChanges: [],
      },
    };
    this.topology.resources.push(added);
    return added;
  }

  /** Makes other statements of those of a resource's policy. */
  rewrite(
    kind: Kind,
    change: (statements: StatementJson[]) => StatementJson[],
    { name, property = 'policy' }: { name?: string; property?: string } = {},
  ): void {
    const resource = this.the(kind, name);
    const document = JSON.parse(String(resource.inputs[property])) as {
      Statement: StatementJson[];
    };
    const policy = JSON.stringify({ ...document, Statement: change(document.Statement) });
    resource.inputs[property] = policy;
    resource.outputs[property] = policy;
  }

  /** Adds a statement to the policy of a resource, which allows something. */
  grant(
    kind: Kind,
    statement: { Action: string | string[]; [element: string]: unknown },
    where?: { name?: string; property?: string },
  ): void {
    this.rewrite(kind, (statements) => [...statements, { Effect: 'Allow', ...statement }], where);
  }

  /** Takes the statements that match from the policy of a resource. */
  revoke(kind: Kind, sid: string, where?: { name?: string; property?: string }): void {
    this.rewrite(
      kind,
      (statements) => {
        const rest = statements.filter(({ Sid }) => Sid !== sid);
        if (rest.length === statements.length) throw new Error(`there is no statement ${sid}`);
        return rest;
      },
      where,
    );
  }
}

/** By rule: what is changed, as a sentence, and what that does to a topology that keeps the rule. */
export type Changes = Record<string, Record<string, (draft: Draft) => void>>;
