import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { keyOf, PROJECT, ruleOf, SECRETS, SETTING_NAMES, stackNameProblem } from '../settings.ts';
import { Failure } from './failure.ts';

const DEFAULT_STACK = 'dev';

/** What each command takes beside `--stack` and `--help`, and says of it. */
const COMMANDS = {
  preview: {
    does: 'Shows what up would make, change and delete, and does none of it.',
    options: ['set'],
  },
  up: {
    does: 'Makes or updates the stack in the AWS account of the credentials, without asking.',
    options: ['set'],
  },
  down: {
    does: 'Deletes the stack. One that holds data is refused without one of the first two options.',
    options: ['keep-data', 'delete-data'],
  },
  outputs: {
    does: 'Prints the outputs of the stack: the address of the API, the names of what holds data.',
    options: ['json'],
  },
  redrive: {
    does: 'Starts the workflow again for each event in the dead-letter queue, then takes it off.',
    options: ['dry-run'],
  },
} as const;
export type CommandName = keyof typeof COMMANDS;

const OPTIONS = {
  set: ['--set=<key>=<value>', 'sets a key of the configuration first, and keeps it; repeatable'],
  'keep-data': [
    '--keep-data',
    'deletes all but the bucket, the table and the key; up goes on with them',
  ],
  'delete-data': ['--delete-data', 'deletes everything, every file included, for good'],
  json: ['--json', 'prints one JSON object'],
  'dry-run': ['--dry-run', 'lists the events, and starts none'],
  stack: ['--stack=<name>', `the stack, ${DEFAULT_STACK} by default; several can share an account`],
  help: ['--help', 'prints this; through Nx after --'],
} as const;

export interface Command {
  name: CommandName;
  stack: string;
  help: boolean;
  /** By full keys, such as `file-upload:alarmEmail`. */
  set: ReadonlyMap<string, string>;
  keepData: boolean;
  deleteData: boolean;
  json: boolean;
  dryRun: boolean;
}

/** The line that a command is typed as. */
export function commandLine(name: CommandName, ...options: string[]): string {
  return ['npx nx run', `infra:${name}`, ...options].join(' ');
}

/** How a command is used, in full. */
export function usageOf(name: CommandName): string {
  const { does, options } = COMMANDS[name];
  const keys = SETTING_NAMES.map((key) => `  ${keyOf(key)}\n      ${ruleOf(key)}`);
  const notes = [
    ...((options as readonly string[]).includes('set')
      ? ['Keys of the configuration:', ...keys, '']
      : []),
    ...(name === 'outputs'
      ? []
      : ['AWS credentials are looked for where every AWS SDK looks for them.']),
    STATE,
  ];
  return [does, '', shortUsageOf(name), '', ...notes].join('\n');
}

const STATE = `The state of the stack is kept in .pulumi/ of this repository, or in the Pulumi backend of
PULUMI_BACKEND_URL, and not where "pulumi login" was last.

The exit code is 0 when all went well.`;

function shortUsageOf(name: CommandName): string {
  const lines = [...COMMANDS[name].options, 'stack' as const, 'help' as const].map((option) => {
    const [form, meaning] = OPTIONS[option];
    return `  ${form.padEnd(21)}${meaning}`;
  });
  return [`  ${commandLine(name)} [options]`, '', ...lines].join('\n');
}

/**
 * @param args the command's name and its options
 * @throws Failure that says what cannot be used, with the usage
 */
export function readCommand([first = '', ...args]: string[]): Command {
  const name = (Object.keys(COMMANDS) as CommandName[]).find((known) => known === first);
  if (!name) {
    throw new Failure(`There is no command "${first}": ${Object.keys(COMMANDS).join(', ')}.`);
  }
  const refuse = (message: string): never => {
    throw new Failure(`${message}\n\n${shortUsageOf(name)}`);
  };
  const values = parse(name, args, refuse);
  const { stack = DEFAULT_STACK } = values;
  const nameProblem = stackNameProblem(stack);
  if (nameProblem !== undefined) refuse(nameProblem);
  const keepData = values['keep-data'] ?? false;
  const deleteData = values['delete-data'] ?? false;
  if (keepData && deleteData) refuse('Data is either kept or deleted: --keep-data, --delete-data.');
  return {
    name,
    stack,
    help: values.help ?? false,
    set: new Map((values.set ?? []).map((pair) => readSetting(pair, refuse))),
    keepData,
    deleteData,
    json: values.json ?? false,
    dryRun: values['dry-run'] ?? false,
  };
}

interface Values {
  stack?: string;
  set?: string[];
  help?: boolean;
  json?: boolean;
  'keep-data'?: boolean;
  'delete-data'?: boolean;
  'dry-run'?: boolean;
}

function parse(name: CommandName, args: string[], refuse: (message: string) => never): Values {
  const options: ParseArgsOptionsConfig = {
    stack: { type: 'string' },
    help: { type: 'boolean' },
  };
  for (const option of COMMANDS[name].options) {
    options[option] = option === 'set' ? { type: 'string', multiple: true } : { type: 'boolean' };
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n');
    return refuse(line);
  }
}

/** `alarmEmail=a@example.com`: what has no namespace is of the project's, and `region` is AWS's. */
function readSetting(pair: string, refuse: (message: string) => never): [string, string] {
  const separator = pair.indexOf('=');
  if (separator < 1) return refuse(`--set takes <key>=<value>, not ${JSON.stringify(pair)}.`);
  const given = pair.slice(0, separator);
  const name = SETTING_NAMES.find((known) =>
    [known, keyOf(known), `${PROJECT}:${known}`].includes(given),
  );
  if (!name) return refuse(`${given} is no key of this project.`);
  if (SECRETS.includes(name)) {
    return refuse(
      `${name} is a secret, which a shell would remember: docs/deploy.md says how to set it.`,
    );
  }
  return [keyOf(name), pair.slice(separator + 1)];
}
