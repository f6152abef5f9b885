import type { ResourceRule, StackRule } from '../rule.ts';
import * as access from './access.ts';
import * as accounts from './accounts.ts';
import * as api from './api.ts';
import * as dynamodb from './dynamodb.ts';
import * as kms from './kms.ts';
import * as lambda from './lambda.ts';
import * as messaging from './messaging.ts';
import * as s3Access from './s3-access.ts';
import * as s3Data from './s3-data.ts';
import * as stack from './stack.ts';
import * as cloudwatch from './cloudwatch.ts';
import * as workflow from './workflow.ts';

export const RESOURCE_RULES: readonly ResourceRule[] = [
  ...access.resourceRules,
  ...accounts.resourceRules,
  ...api.resourceRules,
  ...dynamodb.resourceRules,
  ...kms.resourceRules,
  ...lambda.resourceRules,
  ...messaging.resourceRules,
  ...s3Access.resourceRules,
  ...s3Data.resourceRules,
  ...stack.resourceRules,
  ...cloudwatch.resourceRules,
  ...workflow.resourceRules,
];

export const STACK_RULES: readonly StackRule[] = [
  ...accounts.stackRules,
  ...lambda.stackRules,
  ...messaging.stackRules,
  ...s3Access.stackRules,
  ...s3Data.stackRules,
  ...stack.stackRules,
  ...workflow.stackRules,
];
