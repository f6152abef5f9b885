import type { Clients } from './clients.ts';
import type { Edge } from './edge.ts';
import { emulate } from './provider.ts';

const sent: object[] = [];
const client = {
  send: async ({ input }: { input: object }) => {
    // As the SDK does, which sends what a command has.
    sent.push(JSON.parse(JSON.stringify(input)) as object);
    return { KeyMetadata: { KeyId: 'one', Arn: 'arn:one' } };
  },
};
const make = emulate({
  aws: { kms: client } as unknown as Clients,
  edge: {} as Edge,
  defaultTags: { Stack: 'test' },
});
const key = { type: 'aws:kms/key:Key', name: 'key', urn: '', region: 'us-east-1' };

test('makes a resource with its inputs and the default tags', async () => {
  const inputs = { description: 'a key', tags: { Own: 'yes' } };
  expect(await make({ ...key, inputs })).toEqual({
    id: 'one',
    outputs: { keyId: 'one', arn: 'arn:one' },
  });
  expect(sent).toEqual([
    {
      Description: 'a key',
      Tags: [
        { TagKey: 'Stack', TagValue: 'test' },
        { TagKey: 'Own', TagValue: 'yes' },
      ],
    },
  ]);
});

test('leaves out what is a known gap', async () => {
  await make({ ...key, inputs: { deletionWindowInDays: 30 } });
});

test('refuses an input that it does not apply', async () => {
  await expect(make({ ...key, inputs: { multiRegion: true } })).rejects.toThrow(
    'does not apply multiRegion of aws:kms/key:Key (key)',
  );
});

test('refuses a type that it does not know', async () => {
  await expect(make({ ...key, type: 'aws:ec2/vpc:Vpc', inputs: {} })).rejects.toThrow(
    'nothing in test/emulator makes a aws:ec2/vpc:Vpc (key)',
  );
});
