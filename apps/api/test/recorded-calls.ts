import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStores } from '../src/stores.ts';

/** Whose permissions a call needs: the function's, or those of whoever runs the command. */
export type Caller = 'lambda' | 'reindex';

/** A kind of call to AWS: what decides which permission it needs, and nothing of the single call. */
export interface RecordedCall {
  by: Caller;
  service: 's3' | 'dynamodb';
  /** The operation, such as `GetObject`. */
  command: string;
  /** Members of its input that need a permission of their own, or that conditions may ask for. */
  input?: Record<string, unknown>;
  /** Of a question for an object which is not there. */
  answer?: typeof MISSING;
  /** Signed for somebody else to send, with the permissions of who signed it. */
  presigned?: true;
}

/**
 * Whatever else a call is given does not matter to IAM. Of some, the value does: S3's of tags and
 * DynamoDB's of what is answered are constants of the product.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
const DECIDING: Record<RecordedCall['service'], { names: RegExp; valued: readonly string[] }> = {
  s3: {
    names:
      /^(VersionId|Tagging|ACL|Grant\w+|CopySource|ExpectedBucketOwner|BypassGovernanceRetention|ObjectLock\w+|StorageClass|ServerSideEncryption|SSE\w+|Delimiter|RequestPayer)$/,
    valued: ['Tagging', 'ACL', 'StorageClass', 'ServerSideEncryption'],
  },
  dynamodb: {
    names: /^(IndexName|Select|ReturnValues|ProjectionExpression|AttributesToGet|TransactItems)$/,
    valued: ['IndexName', 'Select', 'ReturnValues'],
  },
};

/** How S3 answers whether there is an object, to those alone who may list the bucket. */
const MISSING = 'NotFound';

/** The members of a call's input that decide, by name; `true` stands for values of no matter. */
function decidingInput(
  service: RecordedCall['service'],
  input: object,
): Pick<RecordedCall, 'input'> {
  const { names, valued } = DECIDING[service];
  const entries = Object.entries(input as Record<string, unknown>)
    .filter(([name, value]) => names.test(name) && value !== undefined)
    .map(([name, value]) => [name, valued.includes(name) ? value : true] as const);
  return entries.length > 0 ? { input: Object.fromEntries(entries) } : {};
}

/**
 * The stores as the product makes them, whose kinds of calls are recorded: `apps/infra` proves that
 * the deployed permissions allow all of these, and that none of them is for nothing. What a test
 * itself does with stores must go through others.
 */
export function createRecordedStores(
  by: Caller,
  options: Parameters<typeof createStores>[0],
): ReturnType<typeof createStores> {
  const stores = createStores(options);
  const { s3, dynamodb } = stores.clients;
  watch(s3.middlewareStack, 's3');
  watch(dynamodb.middlewareStack, 'dynamodb');
  return stores;

  function watch(stack: WatchedStack, service: RecordedCall['service']): void {
    stack.add(
      (next, context) => async (args) => {
        const command = (context.commandName ?? '').replace(/Command$/, '');
        const call = { by, service, command, ...decidingInput(service, args.input) };
        try {
          const result = await next(args);
          const { output } = result as { output: object };
          record('presigned' in output ? { ...call, presigned: true } : call);
          return result;
        } catch (error) {
          const { name } = error as Error;
          record(name === MISSING ? { ...call, answer: name } : call);
          throw error;
        }
      },
      { step: 'initialize', name: 'recordCalls', priority: 'high' },
    );
  }
}

/** What both clients' stacks have in common. */
interface WatchedStack {
  add(
    middleware: (
      next: (args: { input: object }) => Promise<unknown>,
      context: { commandName?: string },
    ) => (args: { input: object }) => Promise<unknown>,
    options: { step: 'initialize'; name: string; priority: 'high' },
  ): void;
}

const seen = new Set<string>();

/** At once, so that nothing is lost however the test file ends. */
function record(call: RecordedCall): void {
  const folder = process.env['RECORDED_CALLS_FOLDER'];
  const line = JSON.stringify(call);
  if (!folder || seen.has(line)) return;
  seen.add(line);
  appendFileSync(join(folder, `${process.pid}.ndjson`), `${line}\n`);
}
