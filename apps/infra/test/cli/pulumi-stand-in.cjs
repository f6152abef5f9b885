#!/usr/bin/env node
/**
 * Stands where the npm package `pulumi` keeps the CLI that it fetched. It writes down how it was
 * called and answers what STAND_IN_ANSWERS has for the command.
 */
const { appendFileSync } = require('node:fs');

const args = process.argv.slice(2);
const command = args
  .slice(
    0,
    args.findIndex((arg) => arg.startsWith('-')),
  )
  .join(' ');
const { STAND_IN_CALLS, STAND_IN_ANSWERS = '{}', ...env } = process.env;
const {
  stdout = '',
  exitCode = 0,
  untilInterrupted = false,
} = JSON.parse(STAND_IN_ANSWERS)[command] ?? {};

const record = (entry) => appendFileSync(STAND_IN_CALLS, JSON.stringify(entry) + '\n');
record({ command, args, cwd: process.cwd(), env, leadsGroup: leadsGroup() });
process.stdout.write(stdout);
process.exitCode = exitCode;
if (untilInterrupted) {
  const waiting = setInterval(() => {}, 1000);
  process.on('SIGINT', () => {
    record({ command: 'SIGINT' });
    // Long enough for a second signal to arrive.
    setTimeout(() => clearInterval(waiting), 300);
  });
  console.log('Waiting');
}

/** Whether a Ctrl-C in the terminal passes it by, since it is of a group of its own. */
function leadsGroup() {
  try {
    return process.kill(-process.pid, 0);
  } catch {
    return false;
  }
}
