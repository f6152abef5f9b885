import type { Resource, Topology } from '../engine/topology.ts';
import { textAt, theOne } from '../invariants/resources.ts';
import type { AwsRequest } from './simulate-request.ts';
import { SECURE } from './source-context.ts';

interface Task {
  Type: string;
  Resource?: string;
  Parameters?: Record<string, unknown>;
}

const INTEGRATIONS = 'https://docs.aws.amazon.com/step-functions/latest/dg';
const TOPIC_KEY =
  'https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse';

/**
 * What Step Functions does with the role of a state machine for each task of its definition.
 *
 * @throws Error on a kind of task that is not known here
 */
export function taskRequests(machine: Resource, topology: Topology): AwsRequest[] {
  const { States } = JSON.parse(textAt(machine, 'definition')) as { States: Record<string, Task> };
  const principal = textAt(machine, 'roleArn');
  return Object.entries(States).flatMap(([name, task]) => {
    if (task.Type !== 'Task') return [];
    const needs = (source: string, action: string, resource: string, context = {}): AwsRequest => ({
      what: `Step Functions runs the task ${name}`,
      source,
      principal,
      action,
      resource,
      context: { ...SECURE, ...context },
    });
    const given = (parameter: string) => String(task.Parameters?.[parameter]);

    switch (task.Resource) {
      case 'arn:aws:states:::lambda:invoke':
        return [
          needs(
            `${INTEGRATIONS}/connect-lambda.html#lambda-iam`,
            'lambda:InvokeFunction',
            textAt(
              theOne(topology, 'aws:lambda/alias:Alias', { arn: given('FunctionName') }),
              'arn',
            ),
          ),
        ];
      case 'arn:aws:states:::sns:publish': {
        const arn = given('TopicArn');
        const topic = theOne(topology, 'aws:sns/topic:Topic', { arn });
        const key = textAt(topic, 'kmsMasterKeyId');
        const context = {
          'kms:ViaService': `sns.${textAt(topic, 'region')}.amazonaws.com`,
          'kms:EncryptionContext:aws:sns:topicArn': arn,
        };
        return [
          needs(`${INTEGRATIONS}/connect-sns.html#sns-iam`, 'sns:Publish', arn),
          ...(key
            ? ['kms:GenerateDataKey', 'kms:Decrypt'].map((action) =>
                needs(TOPIC_KEY, action, key, context),
              )
            : []),
        ];
      }
      case 'arn:aws:states:::sqs:sendMessage': {
        const queue = theOne(topology, 'aws:sqs/queue:Queue', { url: given('QueueUrl') });
        if (queue.outputs.kmsMasterKeyId) throw new Error('A queue with a key of KMS needs more.');
        return [
          needs(
            `${INTEGRATIONS}/connect-sqs.html#sqs-iam`,
            'sqs:SendMessage',
            textAt(queue, 'arn'),
          ),
        ];
      }
      default:
        throw new Error(`What permissions does ${task.Resource} of ${name} need?`);
    }
  });
}
