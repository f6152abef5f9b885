import { runProgram } from '../engine/run-program.ts';
import type { Topology } from '../engine/topology.ts';
import { PERMISSION_INVARIANTS } from './invariants.ts';

const CONFIGURATIONS: Record<string, Record<string, string>> = {
  'a stack as it is without configuration': {},
  'a stack without public files, with all options, in another region': {
    'aws:region': 'eu-central-1',
    'file-upload:publicRead': 'false',
    'file-upload:alarmEmail': 'somebody@example.org',
    'file-upload:provisionedConcurrency': '1',
    'file-upload:domainName': 'files.example.org',
    'file-upload:certificateArn':
      'arn:aws:acm:eu-central-1:123456789012:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f',
  },
};

describe.each(Object.entries(CONFIGURATIONS))('of %s', (_, config) => {
  let topology: Topology;
  beforeAll(async () => {
    topology = await runProgram({ config });
  });

  test.each(Object.entries(PERMISSION_INVARIANTS))('%s', async (_name, holds) => {
    await holds(topology);
  });
});
