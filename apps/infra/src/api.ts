import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Deployment } from './deployment.ts';
import { makeLogGroup } from './log-group.ts';
import type { Settings } from './settings.ts';

/**
 * Where requests arrive: an HTTP API, a third of the price of a REST API. Its routes come later
 * ({@link Routes}), since the function that they lead to has to know the address.
 */
export class HttpApi extends pulumi.ComponentResource {
  readonly api: aws.apigatewayv2.Api;
  readonly stage: aws.apigatewayv2.Stage;
  /** What callers reach the service under, without a slash at the end. */
  readonly url: pulumi.Output<string>;
  /** Where a DNS record of the domain has to point, if there is one. */
  readonly domainTarget: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    deployment: Deployment,
    { key }: { key: aws.kms.Key },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('file-upload:HttpApi', name, {}, options);
    const { settings } = deployment;
    const child = { parent: this };

    this.api = new aws.apigatewayv2.Api(
      `${name}-api`,
      { protocolType: 'HTTP', description: `The file upload service ${name}` },
      child,
    );
    const accessLog = makeLogGroup(name, 'access', deployment, key, child);
    this.stage = new aws.apigatewayv2.Stage(
      `${name}-stage`,
      {
        apiId: this.api.id,
        name: '$default',
        autoDeploy: true,
        defaultRouteSettings: {
          throttlingRateLimit: settings.requestsPerSecond,
          throttlingBurstLimit: settings.requestBurst,
        },
        accessLogSettings: {
          destinationArn: accessLog.arn,
          format: JSON.stringify(accessLogFormat(settings)),
        },
      },
      child,
    );
    const { domainName, certificateArn } = settings;
    if (domainName && certificateArn) {
      const domain = new aws.apigatewayv2.DomainName(
        `${name}-domain`,
        {
          domainName,
          domainNameConfiguration: {
            certificateArn,
            endpointType: 'REGIONAL',
            securityPolicy: 'TLS_1_2',
          },
        },
        child,
      );
      new aws.apigatewayv2.ApiMapping(
        `${name}-domain-mapping`,
        { apiId: this.api.id, domainName: domain.id, stage: this.stage.id },
        child,
      );
      this.url = pulumi.output(`https://${domainName}`);
      this.domainTarget = domain.domainNameConfiguration.targetDomainName;
    } else {
      this.url = this.api.apiEndpoint;
    }
    this.registerOutputs({});
  }
}

/**
 * What is logged of each request. Upload tokens stand in paths: where there are any, the path is left
 * to the function's log, which has it without them.
 */
function accessLogFormat({ uploadTokenSecret }: Settings): object {
  const { path, ...others } = ACCESS_LOG_FORMAT;
  return uploadTokenSecret === undefined ? { path, ...others } : others;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const ACCESS_LOG_FORMAT = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  function_milliseconds: '$context.integrationLatency',
  error: '$context.integrationErrorMessage',
};

/** Where requests are led. */
interface RouteTarget {
  fn: aws.lambda.Function;
  alias: aws.lambda.Alias;
  /** What has to be there before the first request. */
  after: pulumi.Resource[];
}

/** Leads every request to the function, which knows the routes and answers what is not one. */
export class Routes extends pulumi.ComponentResource {
  constructor(
    name: string,
    { api }: HttpApi,
    { fn, alias, after }: RouteTarget,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('file-upload:Routes', name, {}, options);
    const child = { parent: this };

    const integration = new aws.apigatewayv2.Integration(
      `${name}-integration`,
      {
        apiId: api.id,
        integrationType: 'AWS_PROXY',
        integrationUri: alias.invokeArn,
        integrationMethod: 'POST',
        payloadFormatVersion: '2.0',
        timeoutMilliseconds: 30_000,
      },
      child,
    );
    new aws.apigatewayv2.Route(
      `${name}-route`,
      {
        apiId: api.id,
        routeKey: '$default',
        target: pulumi.interpolate`integrations/${integration.id}`,
      },
      // No file comes in before there is what makes events of it.
      { parent: this, dependsOn: after },
    );
    new aws.lambda.Permission(
      `${name}-permission`,
      {
        action: 'lambda:InvokeFunction',
        function: fn.name,
        qualifier: alias.name,
        principal: 'apigateway.amazonaws.com',
        sourceArn: pulumi.interpolate`${api.executionArn}/*/$default`,
      },
      child,
    );
    this.registerOutputs({});
  }
}
