import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import * as grpc from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import analyzer from '@pulumi/pulumi/proto/analyzer_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Resource, Topology } from '../engine/topology.ts';
import { wire } from '../engine/values.ts';
import { providerOf } from './evaluation.ts';

const PACK = path.resolve(import.meta.dirname, '../../policy');
const RUN = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack');

/** What the policy pack has to say about a resource. */
export interface Diagnostic {
  policy: string;
  urn: string;
  message: string;
  /** Whether it stops the deployment; the others say what a preview cannot know. */
  mandatory: boolean;
}

export interface Policy {
  name: string;
  description: string;
  url: string;
}

/** The policy pack in a process of its own, started and asked as Pulumi's command does it. */
export class PolicyPack implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #client: AnalyzerClient;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.#client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /**
   * Starts it.
   *
   * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/pulumi-language-nodejs/main.go (RunPlugin)
   * @throws Error with what it printed when it does not start
   */
  static async start(): Promise<PolicyPack> {
    // The engine's address is only there to be handed on; a pack does not call the engine.
    const child = spawn(process.execPath, [RUN, '127.0.0.1:1', PACK], {
      cwd: PACK,
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const { value: port } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    if (!port) throw new Error(`the policy pack did not start: ${stderr}`);
    return new PolicyPack(child, port);
  }

  /** The pack's name, and its policies. */
  async info(): Promise<{ name: string; policies: Policy[] }> {
    const info = await call<analyzer.AnalyzerInfo>((done) =>
      this.#client.getAnalyzerInfo(new empty.Empty(), done),
    );
    const policies = info.getPoliciesList().map((policy) => ({
      name: policy.getName(),
      description: policy.getDescription(),
      url: policy.getUrl(),
    }));
    return { name: info.getName(), policies };
  }

  /** Switches these policies off and the others on, as a user's configuration of the pack does. */
  async switchOff(names: string[]): Promise<void> {
    const request = new analyzer.ConfigureAnalyzerRequest();
    for (const name of names) {
      const config = new analyzer.PolicyConfig();
      config.setEnforcementlevel(analyzer.EnforcementLevel.DISABLED);
      config.setProperties(wire({}));
      request.getPolicyconfigMap().set(name, config);
    }
    await call((done) => this.#client.configure(request, done));
  }

  /** Analyses each resource, before it is made, and then all of them, as one deployment does. */
  async analyze(topology: Topology): Promise<Diagnostic[]> {
    const answers = await Promise.all([
      ...topology.resources.map(async (resource) => {
        const request = analyzeRequest(topology, resource);
        const response = await call<analyzer.AnalyzeResponse>((done) =>
          this.#client.analyze(request, done),
        );
        return diagnostics(response, resource.urn);
      }),
      call<analyzer.AnalyzeResponse>((done) =>
        this.#client.analyzeStack(analyzeStackRequest(topology), done),
      ).then((response) => diagnostics(response, '')),
    ]);
    return answers.flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill();
    await closed;
  }
}

/** @param asked what the request was about, which its answers do not repeat */
function diagnostics(response: analyzer.AnalyzeResponse, asked: string): Diagnostic[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    urn: diagnostic.getUrn() || asked,
    message: diagnostic.getMessage(),
    mandatory: diagnostic.getEnforcementlevel() === analyzer.EnforcementLevel.MANDATORY,
  }));
}

function analyzeRequest(topology: Topology, resource: Resource): analyzer.AnalyzeRequest {
  const request = new analyzer.AnalyzeRequest();
  request.setType(resource.type);
  request.setUrn(resource.urn);
  request.setName(resource.name);
  request.setProperties(wire(resource.inputs));
  request.setOptions(options(resource));
  request.setProvider(provider(topology, resource));
  return request;
}

function analyzeStackRequest(topology: Topology): analyzer.AnalyzeStackRequest {
  const request = new analyzer.AnalyzeStackRequest();
  request.setResourcesList(
    topology.resources.map((resource) => {
      const member = new analyzer.AnalyzerResource();
      member.setType(resource.type);
      member.setUrn(resource.urn);
      member.setName(resource.name);
      member.setParent(resource.parent);
      member.setProperties(wire(resource.outputs));
      member.setOptions(options(resource));
      member.setProvider(provider(topology, resource));
      member.setDependenciesList(resource.dependencies);
      for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
        const on = new analyzer.AnalyzerPropertyDependencies();
        on.setUrnsList(urns);
        member.getPropertydependenciesMap().set(property, on);
      }
      return member;
    }),
  );
  return request;
}

function options({ options: given, parent }: Resource): analyzer.AnalyzerResourceOptions {
  const result = new analyzer.AnalyzerResourceOptions();
  result.setProtect(given.protect);
  result.setIgnorechangesList(given.ignoreChanges);
  result.setParent(parent);
  // The pack reads them whether or not there are any.
  result.setCustomtimeouts(new analyzer.AnalyzerResourceOptions.CustomTimeouts());
  return result;
}

function provider(
  topology: Topology,
  resource: Resource,
): analyzer.AnalyzerProviderResource | undefined {
  const found = providerOf(topology, resource);
  if (!found) return undefined;
  const result = new analyzer.AnalyzerProviderResource();
  result.setType(found.type);
  result.setUrn(found.urn);
  result.setName(found.name);
  result.setProperties(wire(found.inputs));
  return result;
}

function call<Response>(
  start: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error ? reject(error) : resolve(response)));
  });
}
