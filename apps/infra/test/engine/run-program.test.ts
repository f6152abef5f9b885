import path from 'node:path';
import { ProgramError, runProgram, type ProgramOptions } from './run-program.ts';
import { simulate } from './simulate.ts';
import { UNKNOWN, type ResourceRequest, type Topology } from './topology.ts';

const run = (name: string, options: ProgramOptions = {}) =>
  runProgram({ ...options, program: path.join(import.meta.dirname, 'programs', `${name}.ts`) });

const failureOf = async (name: string, options?: ProgramOptions): Promise<ProgramError> => {
  const error: unknown = await run(name, options).catch((reason: unknown) => reason);
  if (!(error instanceof ProgramError)) throw new Error(`${name} did not fail`, { cause: error });
  return error;
};

const named = ({ resources }: Topology, name: string) => {
  const found = resources.find((resource) => resource.name === name);
  if (!found) throw new Error(`no resource ${name}`);
  return found;
};
const names = ({ resources }: Pick<Topology, 'resources'>) => resources.map(({ name }) => name);
const urn = (path: string) => `urn:pulumi:test::file-upload::${path}`;

const STACK = urn('pulumi:pulumi:Stack::file-upload-test');
const BUCKET = urn('aws:s3/bucket:Bucket::files');
const QUEUE = urn('test:Inbox$aws:sqs/queue:Queue::inbox-queue');
const config = { 'file-upload:token': 'swordfish' };

let preview: Topology;
let topology: Topology;
beforeAll(async () => {
  preview = await run('parts', { config, preview: true });
  topology = await run('parts', { config });
});

describe('an update', () => {
  it('captures every resource of the program once', () => {
    expect(names(topology).sort()).toEqual([
      'file-upload-test',
      'files',
      'files-policy',
      'inbox',
      'inbox-queue',
      'provider',
      'worker',
    ]);
  });

  it('names each resource by its stack, project, parents and type', () => {
    expect(named(topology, 'file-upload-test')).toMatchObject({ urn: STACK, parent: '' });
    expect(named(topology, 'files')).toMatchObject({ urn: BUCKET, parent: STACK, custom: true });
    expect(named(topology, 'inbox')).toMatchObject({
      urn: urn('test:Inbox::inbox'),
      custom: false,
    });
    expect(named(topology, 'inbox-queue')).toMatchObject({
      urn: QUEUE,
      parent: urn('test:Inbox::inbox'),
    });
  });

  it('captures what each input was computed from', () => {
    const policy = named(topology, 'files-policy');
    expect(policy.dependencies).toEqual([BUCKET]);
    expect(policy.propertyDependencies).toEqual({ bucket: [BUCKET], policy: [BUCKET] });
    const worker = named(topology, 'worker');
    expect([...worker.dependencies].sort()).toEqual([policy.urn, QUEUE].sort());
    expect(worker.propertyDependencies.environment).toEqual([QUEUE]);
  });

  it('hands the outputs of a resource to the resources that use them', () => {
    const { id, outputs } = named(topology, 'files');
    expect(id).toMatch(/^files-[0-9a-f]{7}$/);
    expect(outputs).toMatchObject({ bucket: id, arn: `arn:aws:s3:::${id}`, region: 'eu-west-1' });
    expect(named(topology, 'files-policy').inputs).toEqual({
      bucket: id,
      policy: JSON.stringify({ Resource: `arn:aws:s3:::${id}`, Account: '123456789012' }),
    });
  });

  it('unwraps secrets, and keeps archives as their paths', () => {
    expect(named(topology, 'worker').inputs).toMatchObject({
      code: { archive: './dist/worker' },
      environment: { variables: { TOKEN: 'swordfish' } },
    });
    expect(named(topology, 'worker').secretInputs).toEqual(['environment']);
  });

  it('captures the options of a resource', () => {
    const provider = named(topology, 'provider');
    const reference = `${provider.urn}::${provider.id}`;
    expect(provider.inputs).toMatchObject({
      region: 'eu-west-1',
      defaultTags: { tags: { Project: 'parts' } },
    });
    expect(named(topology, 'files').options).toEqual({
      protect: true,
      retainOnDelete: true,
      provider: reference,
      ignoreChanges: ['tags'],
    });
    expect(named(topology, 'files-policy').options.deleteBeforeReplace).toBe(true);
    expect(named(topology, 'inbox-queue').options.provider).toBe(reference);
    expect(named(topology, 'worker').options).toEqual({
      protect: false,
      retainOnDelete: false,
      provider: '',
      ignoreChanges: [],
    });
  });

  it('takes the region from the provider, and without one from the configuration', async () => {
    expect(named(topology, 'inbox-queue').outputs.url).toMatch(
      /^https:\/\/sqs\.eu-west-1\.amazonaws\.com\/123456789012\/inbox-queue-[0-9a-f]{7}$/,
    );
    expect(topology.outputs.version).toMatch(/^arn:aws:lambda:us-east-1:/);
    const elsewhere = await run('parts', { config: { ...config, 'aws:region': 'ap-south-1' } });
    expect(elsewhere.outputs.version).toMatch(/^arn:aws:lambda:ap-south-1:/);
  });

  it('answers the outputs of the stack and of a component', () => {
    const { bucket } = named(topology, 'files').outputs;
    const worker = named(topology, 'worker').id;
    expect(topology.outputs).toEqual({
      bucketName: bucket,
      version: `arn:aws:lambda:us-east-1:123456789012:function:${worker}:1`,
      token: 'swordfish',
    });
    const { url } = named(topology, 'inbox-queue').outputs;
    expect(named(topology, 'inbox').outputs).toEqual({ queue: url });
  });

  it('answers the same when it is run again, at the same time as others', async () => {
    const byUrn = ({ resources }: Topology) =>
      resources.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
    const [again, other] = await Promise.all([
      run('parts', { config }),
      run('parts', { config, stack: 'other' }),
    ]);
    expect(byUrn(again)).toEqual(byUrn(topology));
    expect(named(other, 'file-upload-other').urn).toMatch(/^urn:pulumi:other::/);
    expect(named(other, 'files').id).not.toBe(named(topology, 'files').id);
  });
});

describe('a preview', () => {
  it('keeps as unknown what only the deployment can tell', () => {
    expect(named(preview, 'files')).toMatchObject({ id: '', outputs: { forceDestroy: false } });
    expect(named(preview, 'files-policy').inputs).toEqual({ bucket: UNKNOWN, policy: UNKNOWN });
    expect(named(preview, 'worker').inputs.environment).toEqual({
      variables: { TOKEN: 'swordfish', QUEUE: UNKNOWN },
    });
    expect(preview.outputs).toMatchObject({ bucketName: UNKNOWN, version: UNKNOWN });
  });

  it('registers what an update does, with the same dependencies', () => {
    const shape = ({ resources }: Topology) =>
      resources
        .map(({ urn, parent, propertyDependencies }) => ({ urn, parent, propertyDependencies }))
        .sort((a, b) => (a.urn < b.urn ? -1 : 1));
    expect(shape(preview)).toEqual(shape(topology));
  });

  it('misses a resource that is made inside apply', async () => {
    const [before, update] = await Promise.all([
      run('made-in-apply', { preview: true }),
      run('made-in-apply'),
    ]);
    expect(names(before)).toEqual(['file-upload-test', 'topic']);
    expect(names(update)).toEqual(['file-upload-test', 'topic', 'subscription']);
    // The program gives it the topic itself, which stands for its id.
    expect(named(update, 'subscription').inputs.topic).toBe(named(update, 'topic').outputs.arn);
  });

  it('asks the provider for nothing', async () => {
    const provider = async () => Promise.reject(new Error('asked'));
    const { outputs } = await run('parts', { config, preview: true, provider });
    expect(outputs).toEqual(preview.outputs);
  });
});

describe('a provider of its own', () => {
  it('is asked in the order of the dependencies, with inputs that are known', async () => {
    const asked: ResourceRequest[] = [];
    const topology = await run('parts', {
      config,
      provider: async (request) => {
        asked.push(request);
        const made = request.name.toUpperCase();
        return {
          id: made,
          outputs: { bucket: made, arn: `arn of ${made}`, url: `url of ${made}` },
        };
      },
    });
    const order = asked.map(({ name }) => name);
    expect(order.toSorted()).toEqual(['files', 'files-policy', 'inbox-queue', 'worker']);
    for (const { name } of asked) {
      for (const dependency of named(topology, name).dependencies) {
        const before = topology.resources.find((resource) => resource.urn === dependency);
        expect(order.indexOf(before?.name ?? '')).toBeLessThan(order.indexOf(name));
      }
    }
    expect(asked.find(({ name }) => name === 'files-policy')).toMatchObject({
      type: 'aws:s3/bucketPolicy:BucketPolicy',
      region: 'eu-west-1',
      inputs: { bucket: 'FILES', policy: '{"Resource":"arn of FILES","Account":"123456789012"}' },
    });
    expect(named(topology, 'worker').inputs).toMatchObject({
      environment: { variables: { QUEUE: 'url of INBOX-QUEUE' } },
    });
  });

  it('fails the program where it fails, and nothing that depends on it is registered', async () => {
    const error = await failureOf('parts', {
      config,
      provider: async ({ name }) => {
        if (name === 'files') throw new Error('BucketAlreadyExists');
        return { id: name, outputs: {} };
      },
    });
    expect(error.message).toMatch('BucketAlreadyExists');
    expect(names(error)).toContain('files');
    expect(names(error)).not.toContain('files-policy');
  });
});

describe('the simulated provider', () => {
  const request = { urn: 'urn', inputs: {}, region: 'us-east-1' };

  it('refuses a name that is too long for AWS', async () => {
    const type = 'aws:iam/role:Role';
    // Auto-naming adds eight characters, and a role's name has 64 at most.
    const made = simulate({ ...request, type, name: 'r'.repeat(56) });
    await expect(made).resolves.toMatchObject({ outputs: { name: expect.any(String) as string } });
    await expect(simulate({ ...request, type, name: 'r'.repeat(57) })).rejects.toThrow('longer');
  });

  it('refuses a type that it does not know', async () => {
    const made = simulate({ ...request, type: 'aws:ec2/instance:Instance', name: 'server' });
    await expect(made).rejects.toThrow('nothing simulates aws:ec2/instance:Instance');
  });
});

describe('a program that fails', () => {
  it.each([true, false])(
    'is refused a second resource of one URN (preview: %s)',
    async (preview) => {
      const error = await failureOf('duplicate', { preview });
      expect(error.message).toMatch(
        `Duplicate resource URN '${urn('aws:sns/topic:Topic::topic')}'`,
      );
      expect(names(error)).toEqual(['file-upload-test', 'topic']);
    },
  );

  it('tells the message of a RunError, and that nothing was registered', async () => {
    const error = await failureOf('run-error');
    expect(error.message).toMatch(/^email is missing\n/);
    expect(names(error)).toEqual(['file-upload-test']);
    const fine = await run('run-error', { config: { 'file-upload:email': 'someone@example.com' } });
    expect(names(fine)).toEqual(['file-upload-test', 'topic']);
  });

  it('tells an exception and what was registered before it', async () => {
    const error = await failureOf('exception');
    expect(error.message).toMatch('TypeError: no such thing');
    expect(names(error)).toEqual(['file-upload-test', 'topic']);
  });

  it.each([
    ['missing-value', 'text made from a missing value: Mail of undefined'],
    ['output-in-text', 'Calling [toString] on an [Output<T>] is not supported'],
    ['lookup', 'nothing answers the function aws:index/getAvailabilityZones'],
    ['not-there', 'not-there.ts'],
  ])('tells what is wrong with %s', async (name, message) => {
    expect((await failureOf(name)).message).toMatch(message);
  });

  it('is ended after the time limit, with what it wrote', async () => {
    const error = await failureOf('endless', { timeLimitMs: 5_000 });
    expect(error.message).toMatch(/ended after 5000 ms \(SIGKILL\): .*still here/s);
  });
});
