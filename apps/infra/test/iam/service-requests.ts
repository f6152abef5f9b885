import type { Resource, Topology } from '../engine/topology.ts';
import { allOf, textAt, theOne } from '../invariants/resources.ts';
import { DELIVERING_LOGS, SENDING_TRACES, TRACING } from './actions-without-resources.ts';
import { alarmRequests, logGroupRequests } from './monitoring-requests.ts';
import type { AwsRequest } from './simulate-request.ts';
import { forSource, SECURE } from './source-context.ts';
import { taskRequests } from './task-requests.ts';

const FUNCTION = 'aws:lambda/function:Function';
const STATE_MACHINE = 'aws:sfn/stateMachine:StateMachine';

/** What AWS's services do, in their own name or with the roles of a topology, as it is set up. */
export function serviceRequests(topology: Topology): AwsRequest[] {
  return [
    ...allOf(topology, FUNCTION).flatMap((fn) => functionRequests(fn, topology)),
    ...allOf(topology, STATE_MACHINE).flatMap((machine) => [
      ...machineRequests(machine),
      ...taskRequests(machine, topology),
    ]),
    ...allOf(topology, 'aws:cloudwatch/eventTarget:EventTarget').flatMap((target) =>
      targetRequests(target, topology),
    ),
    ...allOf(topology, 'aws:apigatewayv2/route:Route').map((route) =>
      routeRequest(route, topology),
    ),
    ...allOf(topology, 'aws:cloudwatch/metricAlarm:MetricAlarm').flatMap((alarm) =>
      alarmRequests(alarm, topology),
    ),
    ...allOf(topology, 'aws:cloudwatch/logGroup:LogGroup').flatMap(logGroupRequests),
  ];
}

/** A service takes on a role for one of the account's resources. */
function assume(service: string, role: string, source: string): AwsRequest {
  return {
    what: `${service} takes on the role of ${source}`,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
    principal: service,
    action: 'sts:AssumeRole',
    resource: role,
    context: forSource(source),
  };
}

function functionRequests(fn: Resource, topology: Topology): AwsRequest[] {
  const role = textAt(fn, 'role');
  const { logGroup } = fn.outputs.loggingConfig as { logGroup: string };
  const log = theOne(topology, 'aws:cloudwatch/logGroup:LogGroup', { name: logGroup });
  const logging = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    what: 'Lambda writes what the function logs',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html',
    principal: role,
    action,
    resource: `${textAt(log, 'arn')}:log-stream:2026/11/23/[1]0123456789abcdef`,
    context: SECURE,
  }));
  const tracing = SENDING_TRACES.map((action) => ({
    what: 'Lambda sends what it adds to the traces of the workflow',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html',
    principal: role,
    action,
    resource: '*',
    context: SECURE,
  }));
  return [assume('lambda.amazonaws.com', role, textAt(fn, 'arn')), ...logging, ...tracing];
}

function machineRequests(machine: Resource): AwsRequest[] {
  const principal = textAt(machine, 'roleArn');
  const everywhere = (what: string, source: string, actions: readonly string[]) =>
    actions.map((action) => ({ what, source, principal, action, resource: '*', context: SECURE }));
  const { level = 'OFF' } = (machine.outputs.loggingConfiguration ?? {}) as { level?: string };
  const { enabled } = (machine.outputs.tracingConfiguration ?? {}) as { enabled?: boolean };
  return [
    assume('states.amazonaws.com', principal, textAt(machine, 'arn')),
    ...(level === 'OFF'
      ? []
      : everywhere(
          'Step Functions has the logs of the workflow delivered',
          'https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy',
          DELIVERING_LOGS,
        )),
    ...(enabled
      ? everywhere(
          'Step Functions sends traces of the workflow',
          'https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html',
          TRACING,
        )
      : []),
  ];
}

function targetRequests(target: Resource, topology: Topology): AwsRequest[] {
  const type = 'aws:cloudwatch/eventRule:EventRule';
  const rule = textAt(theOne(topology, type, { name: textAt(target, 'rule') }), 'arn');
  const role = textAt(target, 'roleArn');
  const { arn: queue } = (target.outputs.deadLetterConfig ?? {}) as { arn?: string };
  return [
    assume('events.amazonaws.com', role, rule),
    {
      what: 'EventBridge starts the workflow',
      source:
        'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html#eb-target-permissions',
      principal: role,
      action: 'states:StartExecution',
      resource: textAt(target, 'arn'),
      context: SECURE,
    },
    ...(queue
      ? [
          {
            what: 'EventBridge keeps an event that it could not deliver',
            source:
              'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms',
            principal: 'events.amazonaws.com',
            action: 'sqs:SendMessage',
            resource: queue,
            context: forSource(rule),
          },
        ]
      : []),
  ];
}

function routeRequest(route: Resource, topology: Topology): AwsRequest {
  const apiId = textAt(route, 'apiId');
  const stage = theOne(topology, 'aws:apigatewayv2/stage:Stage', { apiId });
  const integration = allOf(topology, 'aws:apigatewayv2/integration:Integration').find(
    ({ id }) => textAt(route, 'target') === `integrations/${id}`,
  );
  if (!integration) throw new Error(`The route ${route.name} leads nowhere.`);
  const [, fn = ''] =
    /functions\/(.+)\/invocations$/.exec(textAt(integration, 'integrationUri')) ?? [];
  return {
    what: 'API Gateway passes a request on to the function',
    source:
      'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.permissions',
    principal: 'apigateway.amazonaws.com',
    action: 'lambda:InvokeFunction',
    resource: fn,
    context: forSource(`${textAt(stage, 'executionArn')}/${textAt(route, 'routeKey')}`),
  };
}
