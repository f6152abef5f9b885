import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/**
 * How long a received message is nobody else's. Of a queue that takes longer to go through, the
 * first that were left come back before the last were seen.
 */
export const HOLD_SECONDS = 300;
/** How many messages one call takes, at most. */
export const BATCH = 10;

export interface Letter {
  id: string;
  body: string;
  /** It was received before, and left. */
  isKnown: boolean;
}

/** A queue of dead letters, as one run goes through it: what it receives it holds, until removed. */
export class DeadLetters {
  readonly #sqs: SQSClient;
  readonly #url: string;
  /** By message, the latest receipts. */
  readonly #held = new Map<string, string>();

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  async receive(): Promise<Letter[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: HOLD_SECONDS,
        // Without waiting, SQS asks only some of its servers and answers that there is nothing.
        WaitTimeSeconds: 1,
      }),
    );
    return Messages.map(({ MessageId: id = '', ReceiptHandle = '', Body: body = '' }) => {
      const isKnown = this.#held.has(id);
      this.#held.set(id, ReceiptHandle);
      return { id, body, isKnown };
    });
  }

  async remove({ id }: Letter): Promise<void> {
    const ReceiptHandle = this.#held.get(id);
    await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle }));
    this.#held.delete(id);
  }

  /** How many others hold, about: what nobody can receive now, without what this run holds. */
  async countHidden(): Promise<number> {
    const name = 'ApproximateNumberOfMessagesNotVisible';
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: [name] }),
    );
    return Math.max(0, Number(Attributes?.[name] ?? 0) - this.#held.size);
  }

  /** Lets others have what is held, sooner than when its time is up. */
  async release(): Promise<void> {
    const receipts = [...this.#held.values()];
    while (receipts.length > 0) {
      const Entries = receipts.splice(0, BATCH).map((ReceiptHandle, index) => ({
        Id: String(index),
        ReceiptHandle,
        VisibilityTimeout: 0,
      }));
      await this.#sqs.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }),
      );
    }
  }
}
