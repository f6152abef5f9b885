/** The deployment of one stack: see docs/deploy.md. */
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { allConfig } from '@pulumi/pulumi/runtime/config.js';
import { HttpApi, Routes } from './api.ts';
import { makeBucketCors } from './bucket-cors.ts';
import { Compute } from './compute.ts';
import { Monitoring } from './monitoring.ts';
import { Orchestration } from './orchestration.ts';
import { readSettings, SettingsError } from './read-settings.ts';
import type { Settings } from './settings.ts';
import { Storage } from './storage.ts';

const stack = pulumi.getStack();
const name = `${pulumi.getProject()}-${stack}`;
const settings = settingsOf(stack);
const { region } = settings;

/** @throws RunError which Pulumi prints as it is, without a stack trace */
function settingsOf(stackName: string): Settings {
  try {
    return readSettings(stackName, allConfig());
  } catch (error) {
    throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
  }
}

const provider = new aws.Provider(`${name}-aws`, {
  region,
  defaultTags: { tags: { Project: pulumi.getProject(), Stack: stack, ManagedBy: 'Pulumi' } },
});
const { accountId } = aws.getCallerIdentityOutput({}, { provider });
const deployment = { settings, region, accountId, logs: `/aws/vendedlogs/${name}` };
const options = { providers: [provider] };

const storage = new Storage(name, deployment, options);
const { key, bucket, table } = storage;
const http = new HttpApi(name, deployment, { key }, options);
makeBucketCors(name, deployment, { storage, url: http.url });
const compute = new Compute(name, deployment, { storage, url: http.url }, options);
const { alias, fn } = compute;
const workflow = new Orchestration(name, deployment, { storage, alias }, options);
new Routes(name, http, { fn, alias, after: [storage, workflow] }, options);
const { rule, stateMachine, topic, deadLetters } = workflow;
const monitoring = new Monitoring(
  name,
  deployment,
  { key, table, api: http.api, fn, rule, stateMachine, topic, deadLetters },
  options,
);

export const s3_bucket_name = bucket.bucket;
export const dynamodb_table_name = table.name;
export const api_endpoint = http.url;
export const sns_topic_arn = topic.arn;
export const state_machine_arn = stateMachine.arn;
export const dead_letter_queue_url = deadLetters.url;
export const alarm_topic_arn = monitoring.topic.arn;
export const kms_key_arn = key.arn;
export const domain_target = http.domainTarget ?? '';
