import { deepEqual, equal, ok } from 'node:assert/strict';
import { allOf, at, theOne, type Invariants } from './resources.ts';

const STACK = 'pulumi:pulumi:Stack';
const PROVIDER = 'pulumi:providers:aws';

/** How the program is put together. */
export const STRUCTURE: Invariants = {
  'every resource belongs to a component, and every component to the stack'(topology) {
    const byUrn = new Map(topology.resources.map((resource) => [resource.urn, resource]));
    for (const { type, name, parent, custom } of topology.resources) {
      if (type === STACK) continue;
      const owner = byUrn.get(parent);
      ok(owner, `${type} ${name} has no parent.`);
      const isInner = custom && type !== PROVIDER;
      equal(owner.type === STACK, !isInner, `${type} ${name} belongs to ${owner.type}.`);
    }
  },

  'each component is made once, and named after the stack, as is what it is made of'(topology) {
    for (const { type, name, custom } of topology.resources) {
      if (type === STACK) continue;
      ok(name.startsWith('file-upload-test'), `${type} ${name}`);
      if (!custom) theOne(topology, type);
    }
  },

  'one provider makes all of it, in the region of the stack and with its tags'(topology) {
    const provider = theOne(topology, PROVIDER, { region: 'us-east-1' });
    deepEqual(at(provider, 'defaultTags.tags'), {
      Project: 'file-upload',
      Stack: 'test',
      ManagedBy: 'Pulumi',
    });
    for (const { type, name, custom, options } of topology.resources) {
      if (!custom || type === PROVIDER) continue;
      ok(options.provider.startsWith(provider.urn), `${type} ${name} is made by another one.`);
    }
    equal(allOf(topology, PROVIDER).length, 1);
  },

  'the stack says where everything is'(topology) {
    for (const name of [
      's3_bucket_name',
      'dynamodb_table_name',
      'api_endpoint',
      'sns_topic_arn',
      'state_machine_arn',
      'alarm_topic_arn',
      'dead_letter_queue_url',
      'kms_key_arn',
    ]) {
      ok(topology.outputs[name], `The output ${name} is missing.`);
    }
  },
};
