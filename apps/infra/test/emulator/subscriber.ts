import { SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { ACCOUNT_ID } from '../engine/simulate.ts';
import type { DeployedStack } from './deploy.ts';
import { until } from './until.ts';

/** Who subscribed to a topic, with a queue of their own. */
export interface Subscriber<Message> {
  /** All that came so far. */
  received: Message[];
  /** The first message of this kind, of those that came and those to come. */
  first(what: string, isIt: (message: Message) => boolean): Promise<Message>;
}

/** Subscribes to a topic of a stack, as the users of the service do. */
export async function subscribe<Message>(
  { aws: { sns, sqs } }: DeployedStack,
  topicArn: string,
): Promise<Subscriber<Message>> {
  const [, , , region, , topic] = topicArn.split(':');
  const QueueName = `listens-to-${topic}`;
  const queueArn = `arn:aws:sqs:${region}:${ACCOUNT_ID}:${QueueName}`;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName, Attributes: { Policy } }),
  );
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn }));

  const received: Message[] = [];
  const receive = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      received.push(JSON.parse((JSON.parse(Body) as { Message: string }).Message) as Message);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  };
  return {
    received,
    first: (what, isIt) =>
      until(what, async () => {
        await receive();
        return received.find(isIt);
      }),
  };
}
