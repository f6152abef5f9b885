import { isGiven, resourceRule } from '../rule.ts';

const STAGE = 'aws:apigatewayv2/stage:Stage';

/** HTTP APIs. */
export const resourceRules = [
  resourceRule({
    name: 'api-throttled',
    description: 'A stage says how many requests it lets in.',
    types: [STAGE],
    check: ({ defaultRouteSettings: limits }) =>
      limits?.throttlingRateLimit && limits.throttlingBurstLimit
        ? undefined
        : 'It lets in as many as the account allows.',
  }),
  resourceRule({
    name: 'api-access-logs',
    description: 'A stage logs its requests.',
    controls: ['APIGateway.9'],
    types: [STAGE],
    check: ({ accessLogSettings }) =>
      isGiven(accessLogSettings, 'destinationArn') && accessLogSettings?.format
        ? undefined
        : 'It does not log them.',
  }),
  resourceRule({
    name: 'api-authorization',
    description: 'A route says who may use it.',
    controls: ['APIGateway.8'],
    types: ['aws:apigatewayv2/route:Route'],
    check: ({ authorizationType = 'NONE' }) =>
      authorizationType === 'NONE' ? 'Anybody may use it.' : undefined,
  }),
  resourceRule({
    name: 'api-domain-tls',
    description: 'A domain speaks TLS 1.2 or newer.',
    types: ['aws:apigatewayv2/domainName:DomainName'],
    check: ({ domainNameConfiguration }) =>
      domainNameConfiguration?.securityPolicy === 'TLS_1_2' ? undefined : 'It speaks older ones.',
  }),
];
