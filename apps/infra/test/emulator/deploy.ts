import type * as program from '../../src/index.ts';
import { runProgram } from '../engine/run-program.ts';
import type { Resource } from '../engine/topology.ts';
import { createClients, type Clients } from './clients.ts';
import { startEdge, type Edge } from './edge.ts';
import { emulate } from './provider.ts';

type StackOutputs = Record<Exclude<keyof typeof program, 'domain_target'>, string>;

/** A stack that runs on MiniStack. */
export interface DeployedStack extends AsyncDisposable {
  name: string;
  /** What it exports. */
  outputs: StackOutputs;
  resources: Resource[];
  /** The account that it is in, as its root. */
  aws: Clients;
  edge: Edge;
}

/**
 * Deploys the program as a stack onto MiniStack, as `pulumi up` does: a preview comes first.
 *
 * @param endpoint MiniStack's
 */
export async function deploy(
  endpoint: string,
  name: string,
  config: Record<string, string> = {},
): Promise<DeployedStack> {
  const preview = await runProgram({ stack: name, config, preview: true });
  const { region, defaultTags } = providerSettings(preview.resources);
  const edge = await startEdge(endpoint);
  const aws = createClients(edge.url, region);
  const stop = async () => {
    for (const client of Object.values(aws)) client.destroy();
    await edge[Symbol.asyncDispose]();
  };
  try {
    const provider = emulate({ aws, edge, defaultTags });
    const { resources, outputs } = await runProgram({ stack: name, config, provider });
    return {
      name,
      outputs: outputs as unknown as StackOutputs,
      resources,
      aws,
      edge,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the one AWS provider is told that makes all of a stack. */
function providerSettings(resources: Resource[]): {
  region: string;
  defaultTags: Record<string, string>;
} {
  const providers = resources.filter(({ type }) => type === 'pulumi:providers:aws');
  const [provider] = providers;
  if (!provider || providers.length > 1) throw new Error('expected one AWS provider');
  const { region, defaultTags } = provider.inputs as {
    region: string;
    defaultTags: { tags: Record<string, string> };
  };
  return { region, defaultTags: defaultTags.tags };
}
