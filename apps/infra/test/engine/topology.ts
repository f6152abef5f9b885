/** What a run of the Pulumi program registered, as Pulumi's engine would have seen it. */
export interface Topology {
  /** In the order of their registration: what a resource depends on stands before it. */
  resources: Resource[];
  /** The outputs of the stack: what the program exports. */
  outputs: Record<string, unknown>;
}

export interface Resource {
  urn: string;
  /** `aws:s3/bucket:Bucket`; a component's own type, `file-upload:Storage`. */
  type: string;
  name: string;
  /** Whether a provider makes it; components and the stack only group others. */
  custom: boolean;
  /** The parent's URN; empty for the stack itself. */
  parent: string;
  /**
   * As the program gave them: secrets unwrapped, assets as `{ asset }`, archives as `{ archive }`,
   * resources as their ids, and UNKNOWN where a preview cannot know.
   */
  inputs: Record<string, unknown>;
  /** The names of the inputs that are encrypted in the state, all or in part. */
  secretInputs: string[];
  /** Empty in a preview. */
  id: string;
  /** The inputs and what the provider answered; the inputs alone in a preview. */
  outputs: Record<string, unknown>;
  /** URNs of what it has to be made after. */
  dependencies: string[];
  /** URNs that each input was computed from. */
  propertyDependencies: Record<string, string[]>;
  options: ResourceOptions;
}

export interface ResourceOptions {
  protect: boolean;
  retainOnDelete: boolean;
  /** `<URN>::<id>` of the explicit provider; empty for the default one. */
  provider: string;
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
}

/** Stands for a value that is not known before the deployment. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** What a provider is asked to make. */
export interface ResourceRequest extends Pick<Resource, 'type' | 'name' | 'urn' | 'inputs'> {
  /** The region of the resource's provider. */
  region: string;
}

/** Makes a resource: answers its id and its computed outputs. */
export type Provider = (
  resource: ResourceRequest,
) => Promise<{ id: string; outputs: Record<string, unknown> }>;
