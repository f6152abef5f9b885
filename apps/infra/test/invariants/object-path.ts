import { deepEqual, equal, ok } from 'node:assert/strict';
import { at, textAt, theOne, type Invariants } from './resources.ts';
import { liveFunction } from './request-path.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** From an object's arrival to its announcement. */
export const OBJECT_PATH: Invariants = {
  'an arrival in this bucket, and in no other, starts the workflow'(topology) {
    const rule = theOne(topology, 'aws:cloudwatch/eventRule:EventRule');
    deepEqual(JSON.parse(textAt(rule, 'eventPattern')), {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [at(theOne(topology, 'aws:s3/bucket:Bucket'), 'bucket')] } },
    });
    const target = theOne(topology, 'aws:cloudwatch/eventTarget:EventTarget', {
      rule: at(rule, 'name'),
    });
    theOne(topology, 'aws:sfn/stateMachine:StateMachine', { arn: at(target, 'arn') });
    theOne(topology, 'aws:iam/role:Role', { arn: at(target, 'roleArn') });
  },

  'an event that cannot be delivered is tried for a day, and then kept for two weeks'(topology) {
    const target = theOne(topology, 'aws:cloudwatch/eventTarget:EventTarget');
    equal(at(target, 'retryPolicy.maximumEventAgeInSeconds'), DAY_SECONDS);
    equal(at(target, 'retryPolicy.maximumRetryAttempts'), 185);
    const queue = theOne(topology, 'aws:sqs/queue:Queue', {
      arn: at(target, 'deadLetterConfig.arn'),
    });
    equal(at(queue, 'messageRetentionSeconds'), 14 * DAY_SECONDS);
  },

  'the workflow runs the live function, announces in the topic and keeps what fails'(topology) {
    const machine = theOne(topology, 'aws:sfn/stateMachine:StateMachine', { type: 'EXPRESS' });
    const { States } = JSON.parse(textAt(machine, 'definition')) as {
      States: Record<string, { Parameters?: Record<string, unknown> }>;
    };
    const named = (parameter: string) =>
      new Set(
        Object.values(States).flatMap(({ Parameters }) =>
          Parameters && parameter in Parameters ? [Parameters[parameter]] : [],
        ),
      );
    const topic = theOne(topology, 'aws:sns/topic:Topic', {
      arn: topology.outputs['sns_topic_arn'],
    });
    const queue = theOne(topology, 'aws:sqs/queue:Queue');
    deepEqual(named('FunctionName'), new Set([at(liveFunction(topology).alias, 'arn')]));
    deepEqual(named('TopicArn'), new Set([at(topic, 'arn')]));
    deepEqual(named('QueueUrl'), new Set([at(queue, 'url')]));
  },

  'the workflow logs what fails, without the data of files, and a twentieth of it is traced'(
    topology,
  ) {
    const machine = theOne(topology, 'aws:sfn/stateMachine:StateMachine');
    equal(at(machine, 'loggingConfiguration.level'), 'ERROR');
    equal(at(machine, 'loggingConfiguration.includeExecutionData'), false);
    equal(at(machine, 'tracingConfiguration.enabled'), true);
    theOne(topology, 'aws:xray/samplingRule:SamplingRule', {
      serviceName: at(machine, 'name'),
      fixedRate: 0.05,
      reservoirSize: 0,
    });
    const destination = textAt(machine, 'loggingConfiguration.logDestination');
    ok(destination.endsWith(':*'), 'Step Functions takes the ARN of a log group with :* after it.');
    theOne(topology, 'aws:cloudwatch/logGroup:LogGroup', { arn: destination.slice(0, -2) });
  },
};
