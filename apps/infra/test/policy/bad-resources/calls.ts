import type { Changes } from '../draft.ts';

export const CALLS: Changes = {
  'lambda-runtime': {
    'a function on an old Node.js': (draft) =>
      draft.set('lambda.Function', { runtime: 'nodejs20.x' }),
  },
  'lambda-architecture': {
    'a function on x86': (draft) => draft.set('lambda.Function', { architectures: ['x86_64'] }),
    'a function that does not say on what': (draft) =>
      draft.unset('lambda.Function', ['architectures']),
  },
  'lambda-published': {
    'a function without versions': (draft) => draft.set('lambda.Function', { publish: false }),
  },
  'lambda-trace-grants': {
    'a function that traces and may not': (draft) =>
      draft.revoke('iam.RolePolicy', 'SendTraces', { name: '-function-policy' }),
  },
  'lambda-log-group': {
    'a function that leaves its log group to Lambda': (draft) =>
      draft.unset('lambda.Function', ['loggingConfig']),
  },
  'lambda-alias-of-version': {
    'an alias of what is deployed last': (draft) =>
      draft.set('lambda.Alias', { functionVersion: '$LATEST' }),
  },
  'lambda-not-public': {
    'a function that any account may call': (draft) =>
      draft.set('lambda.Permission', { principal: '*' }),
    'a function that a service may call for anybody': (draft) =>
      draft.unset('lambda.Permission', ['sourceArn']),
    'a function with a public address': (draft) =>
      draft.add('aws:lambda/functionUrl:FunctionUrl', { authorizationType: 'NONE' }),
  },
  'lambda-permission-on-alias': {
    'a permission on what is deployed last': (draft) =>
      draft.unset('lambda.Permission', ['qualifier']),
    'a permission on a version': (draft) =>
      draft.derive('lambda.Permission', 'qualifier', draft.the('lambda.Function')),
  },
  'lambda-integration-on-alias': {
    'an integration with what is deployed last': (draft) =>
      draft.derive('apigatewayv2.Integration', 'integrationUri', draft.the('lambda.Function')),
  },
  'api-throttled': {
    'a stage without limits': (draft) =>
      draft.unset('apigatewayv2.Stage', ['defaultRouteSettings']),
    'a stage without a burst': (draft) =>
      draft.set('apigatewayv2.Stage', { defaultRouteSettings: { throttlingRateLimit: 500 } }),
  },
  'api-access-logs': {
    'a stage that does not say what of a request to log': (draft) =>
      draft.set('apigatewayv2.Stage', {
        accessLogSettings: {
          destinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:x',
          format: '',
        },
      }),
    'a stage without access logs': (draft) =>
      draft.unset('apigatewayv2.Stage', ['accessLogSettings']),
  },
  'api-authorization': {
    'another route that anybody may use': (draft) =>
      draft.add('aws:apigatewayv2/route:Route', { routeKey: 'GET /admin' }),
    'a route that says so': (draft) =>
      draft.add('aws:apigatewayv2/route:Route', { authorizationType: 'NONE' }),
  },
  'api-domain-tls': {
    'a domain that speaks TLS 1.0': (draft) =>
      draft.set('apigatewayv2.DomainName', {
        domainNameConfiguration: {
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
          endpointType: 'REGIONAL',
          securityPolicy: 'TLS_1_0',
        },
      }),
  },
};
