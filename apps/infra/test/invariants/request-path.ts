import { equal, match, ok } from 'node:assert/strict';
import type { Topology } from '../engine/topology.ts';
import { at, textAt, theOne, type Invariants } from './resources.ts';

/** The function that is called by what is live. */
export function liveFunction(topology: Topology) {
  const alias = theOne(topology, 'aws:lambda/alias:Alias', { name: 'live' });
  const fn = theOne(topology, 'aws:lambda/function:Function', {
    name: at(alias, 'functionName'),
    version: at(alias, 'functionVersion'),
  });
  return { alias, fn };
}

/** The HTTP API behind the address that the stack gives out. */
function apiOf(topology: Topology) {
  return theOne(topology, 'aws:apigatewayv2/api:Api', { protocolType: 'HTTP' });
}

/** From a caller to the function. */
export const REQUEST_PATH: Invariants = {
  'the address that is given out leads to the API'(topology) {
    const api = apiOf(topology);
    const address = topology.outputs['api_endpoint'];
    if (address === at(api, 'apiEndpoint')) return;
    const mapping = theOne(topology, 'aws:apigatewayv2/apiMapping:ApiMapping', { apiId: api.id });
    const domain = theOne(topology, 'aws:apigatewayv2/domainName:DomainName', {
      id: at(mapping, 'domainName'),
    });
    theOne(topology, 'aws:apigatewayv2/stage:Stage', { id: at(mapping, 'stage') });
    equal(address, `https://${textAt(domain, 'domainName')}`);
    equal(at(domain, 'domainNameConfiguration.securityPolicy'), 'TLS_1_2');
    equal(
      topology.outputs['domain_target'],
      at(domain, 'domainNameConfiguration.targetDomainName'),
    );
  },

  'the default stage is deployed, throttled and logged'(topology) {
    const stage = theOne(topology, 'aws:apigatewayv2/stage:Stage', {
      apiId: apiOf(topology).id,
      name: '$default',
      autoDeploy: true,
      'defaultRouteSettings.throttlingRateLimit': 500,
      'defaultRouteSettings.throttlingBurstLimit': 1000,
    });
    const log = theOne(topology, 'aws:cloudwatch/logGroup:LogGroup', {
      arn: at(stage, 'accessLogSettings.destinationArn'),
    });
    match(textAt(log, 'name'), /^\/aws\/vendedlogs\//);
  },

  'every request goes to the live version of the function'(topology) {
    const { alias } = liveFunction(topology);
    const apiId = apiOf(topology).id;
    const integration = theOne(topology, 'aws:apigatewayv2/integration:Integration', {
      apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: at(alias, 'invokeArn'),
      payloadFormatVersion: '2.0',
      timeoutMilliseconds: 30_000,
    });
    theOne(topology, 'aws:apigatewayv2/route:Route', {
      apiId,
      routeKey: '$default',
      target: `integrations/${integration.id}`,
    });
  },

  'no request comes in before every file has its versions and its events'(topology) {
    const { dependencies } = theOne(topology, 'aws:apigatewayv2/route:Route');
    for (const type of [
      'aws:s3/bucketVersioning:BucketVersioning',
      'aws:s3/bucketNotification:BucketNotification',
      'aws:cloudwatch/eventTarget:EventTarget',
    ]) {
      ok(dependencies.includes(theOne(topology, type).urn), `The route does not wait for ${type}.`);
    }
  },

  'the function is the built bundle, and is told what it reads'(topology) {
    const { fn } = liveFunction(topology);
    const bucket = theOne(topology, 'aws:s3/bucket:Bucket');
    const table = theOne(topology, 'aws:dynamodb/table:Table');
    match(textAt(fn, 'code.archive'), /^(\.\.\/)+api\/dist\/lambda$/);
    equal(at(fn, 'handler'), 'index.handler');
    equal(at(fn, 'publish'), true);
    const given = at(fn, 'environment.variables') as Record<string, unknown>;
    equal(given['BUCKET_NAME'], at(bucket, 'bucket'));
    equal(given['METADATA_TABLE'], at(table, 'name'));
    equal(given['PUBLIC_BASE_URL'], topology.outputs['api_endpoint']);
  },

  'the function may take as long as API Gateway waits, and logs into a group of its own'(topology) {
    const { fn } = liveFunction(topology);
    equal(at(fn, 'timeout'), 30);
    theOne(topology, 'aws:cloudwatch/logGroup:LogGroup', {
      name: at(fn, 'loggingConfig.logGroup'),
    });
    theOne(topology, 'aws:iam/role:Role', { arn: at(fn, 'role') });
  },

  'copies of the function that are kept started are those of what is live, and scale'(topology) {
    const { alias, fn } = liveFunction(topology);
    const [functionName, qualifier] = [at(fn, 'name'), at(alias, 'name')];
    theOne(topology, 'aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig', {
      functionName,
      qualifier,
    });
    const resourceId = `function:${String(functionName)}:${String(qualifier)}`;
    theOne(topology, 'aws:appautoscaling/target:Target', { resourceId, minCapacity: 2 });
    theOne(topology, 'aws:appautoscaling/policy:Policy', {
      resourceId,
      'targetTrackingScalingPolicyConfiguration.targetValue': 0.7,
    });
  },
};
