import { isGiven, referencedBy, resourceRule, stackRule } from '../rule.ts';

const FUNCTION = 'aws:lambda/function:Function';
const ALIAS = 'aws:lambda/alias:Alias';

/** Functions, and who may call them. */
export const resourceRules = [
  resourceRule({
    name: 'lambda-runtime',
    description: 'A function runs on Node.js 24.',
    controls: ['Lambda.2'],
    types: [FUNCTION],
    check: ({ runtime }) => (runtime === 'nodejs24.x' ? undefined : 'It runs on something else.'),
  }),
  resourceRule({
    name: 'lambda-architecture',
    description: 'A function runs on arm64, which costs a fifth less.',
    types: [FUNCTION],
    check: ({ architectures }) =>
      architectures?.join() === 'arm64' ? undefined : 'It runs on something else.',
  }),
  resourceRule({
    name: 'lambda-published',
    description: 'Each deployment of a function makes a version, which aliases can go back to.',
    types: [FUNCTION],
    check: ({ publish }) => (publish ? undefined : 'It makes no versions.'),
  }),
  resourceRule({
    name: 'lambda-alias-of-version',
    description: 'An alias leads to a published version.',
    types: [ALIAS],
    check: ({ functionVersion }) =>
      functionVersion === '$LATEST' ? 'It leads to whatever is deployed last.' : undefined,
  }),
  resourceRule({
    name: 'lambda-not-public',
    description: 'Functions are called by services, for resources of this account.',
    controls: ['Lambda.1'],
    types: ['aws:lambda/permission:Permission', 'aws:lambda/functionUrl:FunctionUrl'],
    check: (props) => {
      if ('principal' in props) {
        const isBound = isGiven(props, 'sourceArn') || isGiven(props, 'sourceAccount');
        return props.principal?.endsWith('.amazonaws.com') && isBound
          ? undefined
          : 'Others may call it.';
      }
      return 'authorizationType' in props && props.authorizationType === 'AWS_IAM'
        ? undefined
        : 'Anybody may call it.';
    },
  }),
];

export const stackRules = [
  stackRule({
    name: 'lambda-log-group',
    description: 'A function logs to a group that was made for it, with a retention.',
    type: FUNCTION,
    check: (fn, stack) =>
      referencedBy(stack, 'aws:cloudwatch/logGroup:LogGroup', 'loggingConfig', fn).length > 0
        ? undefined
        : 'Lambda makes its log group, and keeps the logs for ever.',
  }),
  stackRule({
    name: 'lambda-permission-on-alias',
    description: 'Services may call an alias of a function, not what is deployed last.',
    type: 'aws:lambda/permission:Permission',
    check: (permission, stack) =>
      referencedBy(stack, ALIAS, 'qualifier', permission).length > 0
        ? undefined
        : 'It is not on an alias.',
  }),
  stackRule({
    name: 'lambda-integration-on-alias',
    description: 'An API calls an alias of a function, not what is deployed last.',
    type: 'aws:apigatewayv2/integration:Integration',
    check: (integration, stack) =>
      referencedBy(stack, ALIAS, 'integrationUri', integration).length > 0
        ? undefined
        : 'It does not call an alias.',
  }),
];
