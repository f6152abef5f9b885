import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, Settings } from '../src/settings.ts';
import { runProgram } from './engine/run-program.ts';
import { EVERYTHING } from './invariants/index.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/deploy.md'), 'utf8');

/** The cells of a table between two marks of the page, as they are read: without head and Markdown. */
function table(name: string): string[][] {
  const [, text = ''] = new RegExp(`<!-- ${name} -->(.*)<!-- end of ${name} -->`, 's').exec(PAGE)!;
  const [, , ...rows] = text.trim().split('\n');
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll(/[`\\]/g, '')),
  );
}

describe('docs/deploy.md', () => {
  it('has every key of the configuration, with its default and its rule', () => {
    const settings = Object.entries(Settings.properties) as [
      keyof typeof Settings.properties,
      { default?: unknown; description?: string },
    ][];
    expect(table('settings')).toEqual(
      settings.map(([name, { default: byDefault, description }]) => [
        keyOf(name),
        // What is text, a number or a truth value by itself.
        byDefault === undefined ? '' : String(byDefault as string),
        description,
      ]),
    );
  });

  it('says of every alarm what to do, and has every output', async () => {
    const { resources, outputs } = await runProgram();
    const alarms = resources
      .filter(({ type }) => type === 'aws:cloudwatch/metricAlarm:MetricAlarm')
      .map(({ name }) => name.replace('file-upload-test-', ''));
    expect(table('alarms').map(([name]) => name)).toEqual(expect.arrayContaining(alarms));
    expect(table('alarms')).toHaveLength(alarms.length);
    expect(
      table('outputs')
        .map(([name]) => name)
        .sort(),
    ).toEqual([...new Set([...Object.keys(outputs), 'domain_target'])].sort());
  });

  it('lets the deployer do something in every service that is used, and in no other', async () => {
    const { resources } = await runProgram({ config: EVERYTHING });
    // An ARN is arn:<partition>:<service>:...
    const used = resources.flatMap(({ outputs: { arn } }) =>
      typeof arn === 'string' ? [arn.split(':')[2]!] : [],
    );
    // The ARN of a scaling policy has a service for which IAM has another name.
    const named = used.map((service) =>
      service.replace(/^autoscaling$/, 'application-autoscaling'),
    );
    const allowed = table('deployer').flatMap(([services = '']) => services.split(', '));
    // The account is asked for, and nothing is made there.
    expect(new Set(allowed)).toEqual(new Set([...named, 'sts']));
  });
});
