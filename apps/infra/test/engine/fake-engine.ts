import { createHash } from 'node:crypto';
import resource from '@pulumi/pulumi/proto/resource_pb.js';
import { simulateInvoke } from './simulate.ts';
import type { Provider, Resource, Topology } from './topology.ts';
import { isSecret, plainProperties, wire } from './values.ts';

const PROVIDERS = 'pulumi:providers:';
const STACK = 'pulumi:pulumi:Stack';
const DEFAULT_REGION = 'us-east-1';

export interface FakeEngineOptions {
  project: string;
  stack: string;
  config: Record<string, string>;
  preview: boolean;
  provider: Provider;
}

/** What a program registers, and what it is answered: the part of Pulumi's engine that counts. */
export class FakeEngine {
  readonly topology: Topology = { resources: [], outputs: {} };
  readonly #options: FakeEngineOptions;
  readonly #byUrn = new Map<string, Resource>();

  constructor(options: FakeEngineOptions) {
    this.#options = options;
  }

  async register(request: resource.RegisterResourceRequest) {
    const registered = this.#resource(request);
    const { urn, inputs } = registered;
    if (this.#byUrn.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    this.#byUrn.set(urn, registered);
    this.topology.resources.push(registered);

    const { id, outputs } = await this.#make(registered);
    registered.id = id;
    registered.outputs = { ...inputs, ...outputs };

    const response = new resource.RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(id);
    // The inputs go back as they came, so that a secret stays one.
    const given = request.getObject()?.toJavaScript();
    response.setObject(wire({ ...given, ...outputs }));
    return response;
  }

  registerOutputs(request: resource.RegisterResourceOutputsRequest): void {
    const registered = this.#byUrn.get(request.getUrn());
    if (!registered) throw new Error(`outputs of an unknown resource ${request.getUrn()}`);
    registered.outputs = plainProperties(request.getOutputs()?.toJavaScript() ?? {});
    if (registered.type === STACK) this.topology.outputs = registered.outputs;
  }

  invoke(request: resource.ResourceInvokeRequest) {
    const response = new resource.ResourceInvokeResponse();
    response.setReturn(wire(simulateInvoke(request.getTok())));
    return response;
  }

  #resource(request: resource.RegisterResourceRequest): Resource {
    const given = request.getObject()?.toJavaScript() ?? {};
    const inputs = plainProperties(given);
    const propertyDependencies: Record<string, string[]> = {};
    request
      .getPropertydependenciesMap()
      .forEach((urns, property) => (propertyDependencies[property] = urns.getUrnsList()));
    return {
      urn: this.#urn(request.getType(), request.getName(), request.getParent()),
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      parent: request.getParent(),
      inputs: request.getType().startsWith(PROVIDERS) ? settings(inputs) : inputs,
      secretInputs: Object.keys(given).filter((input) => isSecret(given[input])),
      id: '',
      outputs: {},
      dependencies: request.getDependenciesList(),
      propertyDependencies,
      options: {
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        provider: request.getProvider(),
        ignoreChanges: request.getIgnorechangesList(),
        ...(request.getDeletebeforereplacedefined() && {
          deleteBeforeReplace: request.getDeletebeforereplace(),
        }),
      },
    };
  }

  /** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
  #urn(type: string, name: string, parent: string): string {
    const parentType = parent.split('::')[2];
    const path = !parentType || parentType === STACK ? type : `${parentType}$${type}`;
    return `urn:pulumi:${this.#options.stack}::${this.#options.project}::${path}::${name}`;
  }

  async #make({ type, name, urn, inputs, custom, options }: Resource) {
    // A provider's id is part of each reference to it. A real one gets a random UUID.
    if (type.startsWith(PROVIDERS)) {
      return { id: createHash('sha256').update(urn).digest('hex').slice(0, 32), outputs: {} };
    }
    if (!custom || this.#options.preview) return { id: '', outputs: {} };
    const region = this.#region(options.provider);
    const made = await this.#options.provider({ type, name, urn, inputs, region });
    return JSON.parse(JSON.stringify(made)) as typeof made;
  }

  #region(provider: string): string {
    const urn = provider.slice(0, provider.lastIndexOf('::'));
    const region = this.#byUrn.get(urn)?.inputs.region ?? this.#options.config['aws:region'];
    return typeof region === 'string' ? region : DEFAULT_REGION;
  }
}

/** A provider's inputs, of which the SDK sends all but text as JSON. */
function settings(inputs: Record<string, unknown>): Record<string, unknown> {
  const parse = (value: unknown): unknown => {
    try {
      return typeof value === 'string' ? JSON.parse(value) : value;
    } catch {
      return value;
    }
  };
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, parse(value)]));
}
