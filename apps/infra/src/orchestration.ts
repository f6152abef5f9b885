import { stateMachineDefinition } from '@file-upload/workflow/definition';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Deployment } from './deployment.ts';
import { makeLogGroup } from './log-group.ts';
import { policyDocument, SEND_TRACES, tlsOnly, type Statement } from './policy.ts';
import { makeServiceRole } from './service-role.ts';
import type { Storage } from './storage.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** From an object's arrival to its announcement: rule, state machine and topic. */
export class Orchestration extends pulumi.ComponentResource {
  /** Where files are announced. */
  readonly topic: aws.sns.Topic;
  readonly stateMachine: aws.sfn.StateMachine;
  readonly rule: aws.cloudwatch.EventRule;
  /** The events that could not be delivered, and those whose execution failed. */
  readonly deadLetters: aws.sqs.Queue;

  constructor(
    name: string,
    deployment: Deployment,
    { storage, alias }: { storage: Storage; alias: aws.lambda.Alias },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('file-upload:Orchestration', name, {}, options);
    const { accountId } = deployment;
    const child = { parent: this };

    this.topic = new aws.sns.Topic(
      `${name}-events`,
      { displayName: 'Files', kmsMasterKeyId: storage.key.arn },
      child,
    );
    new aws.sns.TopicPolicy(
      `${name}-events-policy`,
      {
        arn: this.topic.arn,
        policy: policyDocument([tlsOnly('sns:Publish', this.topic.arn)]),
      },
      child,
    );
    this.deadLetters = new aws.sqs.Queue(
      `${name}-dead-letters`,
      { messageRetentionSeconds: 14 * DAY_SECONDS, sqsManagedSseEnabled: true },
      child,
    );

    const logGroup = makeLogGroup(name, 'workflow', deployment, storage.key, child);
    const { role, policy } = makeServiceRole(
      `${name}-workflow`,
      'states.amazonaws.com',
      accountId,
      [
        ...this.#workflowStatements(deployment, storage, alias),
        DELIVER_LOGS,
        SEND_TRACES,
        SAMPLE_TRACES,
      ],
      child,
    );
    this.stateMachine = new aws.sfn.StateMachine(
      `${name}-workflow`,
      {
        type: 'EXPRESS',
        roleArn: role.arn,
        definition: pulumi.jsonStringify(
          pulumi
            .all([alias.arn, this.topic.arn, this.deadLetters.url])
            .apply(([functionArn, topicArn, queueUrl]) =>
              stateMachineDefinition({ functionArn, topicArn, queueUrl }),
            ),
        ),
        loggingConfiguration: {
          level: 'ERROR',
          includeExecutionData: false,
          logDestination: pulumi.interpolate`${logGroup.arn}:*`,
        },
        tracingConfiguration: { enabled: true },
      },
      // Step Functions tries the logging when it makes the machine.
      { parent: this, dependsOn: policy },
    );
    // X-Ray's default is one a second and 5% of the others, which is nearly everything.
    new aws.xray.SamplingRule(
      `${name}-traces`,
      {
        ruleName: name,
        serviceName: this.stateMachine.name,
        serviceType: 'AWS::StepFunctions::StateMachine',
        fixedRate: 0.05,
        reservoirSize: 0,
        priority: 9000,
        version: 1,
        host: '*',
        httpMethod: '*',
        urlPath: '*',
        resourceArn: '*',
      },
      child,
    );
    this.rule = new aws.cloudwatch.EventRule(
      `${name}-arrivals`,
      {
        description: 'An object has arrived in the bucket.',
        eventPattern: pulumi.jsonStringify({
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { bucket: { name: [storage.bucket.bucket] } },
        }),
      },
      child,
    );
    this.#startWorkflow(name, accountId);
    this.registerOutputs({});
  }

  /** Starts the workflow for each event of the rule, and keeps those that cannot be delivered. */
  #startWorkflow(name: string, accountId: pulumi.Output<string>): void {
    const child = { parent: this };
    const { role, policy } = makeServiceRole(
      `${name}-arrivals`,
      'events.amazonaws.com',
      accountId,
      [
        {
          Sid: 'StartWorkflow',
          Effect: 'Allow',
          Action: 'states:StartExecution',
          Resource: this.stateMachine.arn,
        },
      ],
      child,
    );
    const queuePolicy = new aws.sqs.QueuePolicy(
      `${name}-dead-letters-policy`,
      {
        queueUrl: this.deadLetters.url,
        policy: policyDocument([
          {
            Sid: 'KeepUndelivered',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: this.deadLetters.arn,
            Condition: { ArnEquals: { 'aws:SourceArn': this.rule.arn } },
          },
          tlsOnly('sqs:*', this.deadLetters.arn),
        ]),
      },
      child,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-arrivals-target`,
      {
        rule: this.rule.name,
        arn: this.stateMachine.arn,
        roleArn: role.arn,
        // The most that EventBridge does: 185 tries within a day.
        retryPolicy: { maximumEventAgeInSeconds: DAY_SECONDS, maximumRetryAttempts: 185 },
        deadLetterConfig: { arn: this.deadLetters.arn },
      },
      { parent: this, dependsOn: [policy, queuePolicy] },
    );
  }

  #workflowStatements(
    { region }: Deployment,
    { key }: Storage,
    alias: aws.lambda.Alias,
  ): Statement[] {
    return [
      {
        Sid: 'RunTasks',
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: alias.arn,
      },
      {
        Sid: 'Announce',
        Effect: 'Allow',
        Action: 'sns:Publish',
        Resource: this.topic.arn,
      },
      {
        Sid: 'EncryptAnnouncements',
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: key.arn,
        Condition: {
          StringEquals: {
            'kms:ViaService': `sns.${region}.amazonaws.com`,
            'kms:EncryptionContext:aws:sns:topicArn': this.topic.arn,
          },
        },
      },
      {
        Sid: 'KeepFailed',
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: this.deadLetters.arn,
      },
    ];
  }
}

/**
 * What Step Functions needs to know what to trace. These actions know no resources.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
 */
const SAMPLE_TRACES: Statement = {
  Sid: 'SampleTraces',
  Effect: 'Allow',
  Action: ['xray:GetSamplingRules', 'xray:GetSamplingTargets'],
  Resource: '*',
};

/**
 * What Step Functions needs to have its logs delivered. These actions know no resources.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
 */
const DELIVER_LOGS: Statement = {
  Sid: 'DeliverLogs',
  Effect: 'Allow',
  Action: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
  Resource: '*',
};
