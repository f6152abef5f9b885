import { join, relative } from 'node:path';
import { incomingKey, METADATA_TABLE, type EnvKey } from '@file-upload/shared-types';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Deployment } from './deployment.ts';
import { makeLogGroup } from './log-group.ts';
import { SEND_TRACES, type Statement } from './policy.ts';
import { makeServiceRole } from './service-role.ts';
import { mostProvisioned, type Settings } from './settings.ts';
import type { Storage } from './storage.ts';
import { variablesOf } from './variables.ts';

/** The folder that `nx build api` makes; relative, so that a stack does not know this machine. */
const BUNDLE = relative(process.cwd(), join(import.meta.dirname, '../../api/dist/lambda'));
/** API Gateway waits no longer for an answer. */
const TIMEOUT_SECONDS = 30;

/** The one function, which answers requests and runs the tasks of the workflow. */
export class Compute extends pulumi.ComponentResource {
  readonly fn: aws.lambda.Function;
  /** What is called: a published version, so that an update goes over at once or not at all. */
  readonly alias: aws.lambda.Alias;

  constructor(
    name: string,
    deployment: Deployment,
    { storage, url }: { storage: Storage; url: pulumi.Input<string> },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('file-upload:Compute', name, {}, options);
    const { settings } = deployment;
    const child = { parent: this };

    const logGroup = makeLogGroup(name, 'function', deployment, storage.key, child);
    const { role, policy } = makeServiceRole(
      `${name}-function`,
      'lambda.amazonaws.com',
      deployment.accountId,
      functionStatements(deployment, storage, logGroup),
      child,
    );
    this.fn = new aws.lambda.Function(
      `${name}-function`,
      {
        description: `The file upload service ${name}`,
        runtime: 'nodejs24.x',
        architectures: ['arm64'],
        handler: 'index.handler',
        code: new pulumi.asset.FileArchive(BUNDLE),
        role: role.arn,
        memorySize: settings.memoryMb,
        timeout: TIMEOUT_SECONDS,
        publish: true,
        environment: { variables: environment(settings, storage, url) },
        loggingConfig: { logFormat: 'JSON', logGroup: logGroup.name },
        // Traces what the workflow traces. Lambda's own rate, one a second and 5% of the others, is
        // nearly everything, and cannot be changed.
        tracingConfig: { mode: 'PassThrough' },
        reservedConcurrentExecutions: settings.reservedConcurrency ?? -1,
      },
      { parent: this, dependsOn: policy },
    );
    this.alias = new aws.lambda.Alias(
      `${name}-live`,
      { name: 'live', functionName: this.fn.name, functionVersion: this.fn.version },
      child,
    );
    if (settings.provisionedConcurrency) {
      this.#keepStarted(name, settings.provisionedConcurrency, mostProvisioned(settings));
    }
    this.registerOutputs({});
  }

  /** Keeps copies of the function started: more of them while 70% are in use. */
  #keepStarted(name: string, minCapacity: number, maxCapacity: number): void {
    const provisioned = new aws.lambda.ProvisionedConcurrencyConfig(
      `${name}-provisioned`,
      {
        functionName: this.fn.name,
        qualifier: this.alias.name,
        provisionedConcurrentExecutions: minCapacity,
      },
      // From then on the scaling decides.
      { parent: this, ignoreChanges: ['provisionedConcurrentExecutions'] },
    );
    const scalableDimension = 'lambda:function:ProvisionedConcurrency';
    const serviceNamespace = 'lambda';
    const target = new aws.appautoscaling.Target(
      `${name}-scaling-target`,
      {
        minCapacity,
        maxCapacity,
        resourceId: pulumi.interpolate`function:${this.fn.name}:${this.alias.name}`,
        scalableDimension,
        serviceNamespace,
      },
      { parent: this, dependsOn: provisioned },
    );
    new aws.appautoscaling.Policy(
      `${name}-scaling`,
      {
        policyType: 'TargetTrackingScaling',
        resourceId: target.resourceId,
        scalableDimension,
        serviceNamespace,
        targetTrackingScalingPolicyConfiguration: {
          targetValue: 0.7,
          predefinedMetricSpecification: {
            predefinedMetricType: 'LambdaProvisionedConcurrencyUtilization',
          },
        },
      },
      { parent: this },
    );
  }
}

/** The variables that the api reads, by their names in shared-types. */
function environment(
  settings: Settings,
  { bucket, table }: Storage,
  url: pulumi.Input<string>,
): Partial<Record<EnvKey, pulumi.Input<string>>> {
  const { UPLOAD_TOKEN_SECRET: secret, ...others } = variablesOf(settings);
  return {
    BUCKET_NAME: bucket.bucket,
    METADATA_TABLE: table.name,
    PUBLIC_BASE_URL: url,
    ...others,
    // Encrypted in the stack's state.
    ...(secret !== undefined && { UPLOAD_TOKEN_SECRET: pulumi.secret(secret) }),
  };
}

/** What the function does, and nothing else: see test/iam. */
function functionStatements(
  { region, accountId }: Deployment,
  { bucket, table, key }: Storage,
  logGroup: aws.cloudwatch.LogGroup,
): Statement[] {
  return [
    {
      Sid: 'ReadAndWriteFiles',
      Effect: 'Allow',
      Action: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:PutObjectTagging',
        's3:PutObjectVersionTagging',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      Resource: pulumi.interpolate`${bucket.arn}/*`,
    },
    {
      // What a form brought is a file's object by then, and would be paid for twice.
      Sid: 'RemoveIncomingForGood',
      Effect: 'Allow',
      Action: 's3:DeleteObjectVersion',
      Resource: pulumi.interpolate`${bucket.arn}/${incomingKey('*/*')}`,
    },
    {
      // Without it S3 answers 403 for an object that is not there.
      Sid: 'KnowWhatIsMissing',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucket.arn,
    },
    {
      Sid: 'ReadAndWriteMetadata',
      Effect: 'Allow',
      Action: [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
      ],
      Resource: table.arn,
    },
    {
      Sid: 'ListFiles',
      Effect: 'Allow',
      Action: 'dynamodb:Query',
      Resource: pulumi.interpolate`${table.arn}/index/${METADATA_TABLE.ownerIndex.name}`,
    },
    {
      // DynamoDB decrypts the key of the table in the name of its caller.
      Sid: 'DecryptMetadata',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: key.arn,
      Condition: {
        StringEquals: {
          'kms:ViaService': `dynamodb.${region}.amazonaws.com`,
          'kms:EncryptionContext:aws:dynamodb:tableName': table.name,
          'kms:EncryptionContext:aws:dynamodb:subscriberId': accountId,
        },
      },
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${logGroup.arn}:*`,
    },
    SEND_TRACES,
  ];
}
