/** A small deployment with one of each thing that a program can say of a resource. */
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

class Inbox extends pulumi.ComponentResource {
  readonly queue: aws.sqs.Queue;

  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super('test:Inbox', name, {}, options);
    this.queue = new aws.sqs.Queue(`${name}-queue`, {}, { parent: this });
    this.registerOutputs({ queue: this.queue.url });
  }
}

const config = new pulumi.Config();
const provider = new aws.Provider('provider', {
  region: 'eu-west-1',
  defaultTags: { tags: { Project: 'parts' } },
});
const { accountId } = aws.getCallerIdentityOutput({}, { provider });

const bucket = new aws.s3.Bucket(
  'files',
  { forceDestroy: false },
  { provider, protect: true, retainOnDelete: true, ignoreChanges: ['tags'] },
);
const policy = new aws.s3.BucketPolicy(
  'files-policy',
  {
    bucket: bucket.bucket,
    policy: pulumi.jsonStringify({ Resource: bucket.arn, Account: accountId }),
  },
  { provider, deleteBeforeReplace: true },
);
const { queue } = new Inbox('inbox', { providers: [provider] });
const fn = new aws.lambda.Function(
  'worker',
  {
    role: 'arn:aws:iam::123456789012:role/worker',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    code: new pulumi.asset.FileArchive('./dist/worker'),
    publish: true,
    environment: { variables: { TOKEN: config.requireSecret('token'), QUEUE: queue.url } },
  },
  { dependsOn: policy },
);

export const bucketName = bucket.bucket;
export const version = fn.qualifiedArn;
export const token = fn.environment.apply((environment) => environment?.variables?.TOKEN);
