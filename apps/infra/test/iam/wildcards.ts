import { DELIVERING_LOGS, TRACING } from './actions-without-resources.ts';
import type { Policy, PolicyStatement } from './policies.ts';

/** A grant that does not name each action, or the resource. */
interface ExplainedWildcard {
  /** What the holder's name ends with: the stack's comes before. */
  holder: RegExp;
  /** Every action of such a statement. */
  actions: RegExp;
  /** Whom it is granted to, as JSON; of the policies of resources. */
  principal?: RegExp;
  reason: string;
}

/** Every grant with a wildcard, and why it is no narrower. */
const EXPLAINED: readonly ExplainedWildcard[] = [
  {
    holder: /-key$/,
    actions: /^kms:\*$/,
    principal: /^\{"AWS":"arn:aws:iam::\d{12}:root"\}$/,
    reason:
      'The policies of the account decide on the key, and nobody can lock themselves out of it: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html',
  },
  {
    holder: /-key$/,
    actions: /^kms:\w+$/,
    principal: /^\{"Service":"[a-z0-9.-]+"\}$/,
    reason:
      'In the policy of a key, * is that key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html#key-policy-elements',
  },
  {
    holder: /-workflow-policy$/,
    actions: new RegExp(`^(${DELIVERING_LOGS.join('|')})$`),
    reason:
      'What Step Functions has its logs delivered with knows no resources, or is asked for all: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy',
  },
  {
    holder: /-(workflow|function)-policy$/,
    actions: new RegExp(`^(${TRACING.join('|')})$`),
    reason:
      'These actions know no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html',
  },
  {
    holder: /-files-policy$/,
    actions: /^s3:GetObject$/,
    principal: /^"\*"$/,
    reason:
      'Anybody may read, and which objects is decided by their tag: docs/architecture.md says why.',
  },
];

/** The parts of a bucket and of a log group, or some of them: whose they are is named. */
const OBJECTS_OR_STREAMS =
  /^arn:aws:s3:::[^*?]+\/\*(\/incoming\/\*)?$|^arn:aws:logs:[^*?]+:log-group:[^*?]+:\*$/;

/** The grants with a wildcard that are not in the list above, as sentences. */
export function unexplainedWildcards(policies: readonly Policy[]): string[] {
  return policies.flatMap(({ holder, statements }) =>
    statements
      .filter((one) => one.Effect === 'Allow' && isWide(one) && !isExplained(holder, one))
      .map(
        ({ Sid = '?' }) => `${holder} grants more than it names, and no reason is given: ${Sid}.`,
      ),
  );
}

function isWide({ Action, Resource = [], Principal = {} }: PolicyStatement): boolean {
  return (
    [Action].flat().some((action) => /[*?]/.test(action)) ||
    [Resource].flat().some((arn) => /[*?]/.test(arn) && !OBJECTS_OR_STREAMS.test(arn)) ||
    JSON.stringify(Principal).includes('*')
  );
}

function isExplained(holder: string, { Action, Principal }: PolicyStatement): boolean {
  return EXPLAINED.some(
    (one) =>
      one.holder.test(holder) &&
      [Action].flat().every((action) => one.actions.test(action)) &&
      (one.principal?.test(JSON.stringify(Principal) ?? '') ?? Principal === undefined),
  );
}
