import type { stateMachineDefinition } from './definition.ts';

/** What a drawing needs to know of a state, of any type. */
interface DrawnState {
  Type: string;
  Next?: string;
  Default?: string;
  Resource?: string;
  Choices?: { Variable: string; StringEquals: string; Next: string }[];
  Retry?: { MaxAttempts: number; IntervalSeconds: number; BackoffRate: number }[];
  Catch?: { Next: string }[];
}

const SERVICE: Readonly<Record<string, string>> = {
  'arn:aws:states:::lambda:invoke': 'Lambda',
  'arn:aws:states:::sns:publish': 'SNS',
  'arn:aws:states:::sqs:sendMessage': 'SQS',
};

/** Draws a state machine: Mermaid's `stateDiagram-v2`, one line a state and a transition. */
export function stateDiagram(definition: ReturnType<typeof stateMachineDefinition>): string {
  const lines = [`[*] --> ${definition.StartAt}`];
  for (const [name, state] of Object.entries<DrawnState>(definition.States)) {
    if (state.Type === 'Choice') lines.push(`state ${name} <<choice>>`);
    const service = SERVICE[state.Resource ?? ''];
    if (service) lines.push(`${name}: ${name} (${service})`);
    for (const { Variable, StringEquals, Next } of state.Choices ?? []) {
      lines.push(`${name} --> ${Next}: ${Variable.slice('$.'.length)} is ${StringEquals}`);
    }
    if (state.Default) lines.push(`${name} --> ${state.Default}: otherwise`);
    if (state.Next) lines.push(`${name} --> ${state.Next}`);
    const retry = state.Retry?.at(-1);
    for (const { Next } of state.Catch ?? []) {
      lines.push(`${name} --> ${Next}: fault${retry ? ` after ${retry.MaxAttempts} retries` : ''}`);
    }
    if (state.Type === 'Succeed' || state.Type === 'Fail') lines.push(`${name} --> [*]`);
  }
  return ['stateDiagram-v2', ...lines.map((line) => `  ${line}`)].join('\n');
}
