import { deepEqual, equal } from 'node:assert/strict';
import { METADATA_TABLE } from '@file-upload/shared-types';
import type { Topology } from '../engine/topology.ts';
import { allOf, at, theOne, type Invariants } from './resources.ts';

function bucketOf(topology: Topology): unknown {
  return at(
    theOne(topology, 'aws:s3/bucket:Bucket', { bucket: topology.outputs['s3_bucket_name'] }),
    'bucket',
  );
}

function keyOf(topology: Topology) {
  return theOne(topology, 'aws:kms/key:Key', { arn: topology.outputs['kms_key_arn'] });
}

/** What holds the files, beside what the rules of the policy pack say of every bucket. */
export const STORAGE: Invariants = {
  'pages of the allowed origins may upload straight into the bucket'(topology) {
    const cors = theOne(topology, 'aws:s3/bucketCorsConfiguration:BucketCorsConfiguration', {
      bucket: bucketOf(topology),
    });
    deepEqual(at(cors, 'corsRules.0.allowedOrigins'), ['*']);
    deepEqual(at(cors, 'corsRules.0.allowedMethods'), ['GET', 'HEAD']);
    deepEqual(at(cors, 'corsRules.1.allowedOrigins'), ['*']);
    deepEqual(at(cors, 'corsRules.1.allowedMethods'), ['PUT', 'POST']);
    const exposed = at(cors, 'corsRules.1.exposeHeaders') as string[];
    for (const header of ['ETag', 'Location']) equal(exposed.includes(header), true, header);
  },

  'the table is what the api reads and writes, recoverable, encrypted and on demand'(topology) {
    const table = theOne(topology, 'aws:dynamodb/table:Table', {
      name: topology.outputs['dynamodb_table_name'],
      billingMode: 'PAY_PER_REQUEST',
      hashKey: METADATA_TABLE.partitionKey,
      'globalSecondaryIndexes.0.name': METADATA_TABLE.ownerIndex.name,
      'globalSecondaryIndexes.0.hashKey': METADATA_TABLE.ownerIndex.partitionKey,
      'globalSecondaryIndexes.0.rangeKey': METADATA_TABLE.ownerIndex.sortKey,
      'ttl.attributeName': METADATA_TABLE.ttlAttribute,
      'ttl.enabled': true,
      'pointInTimeRecovery.enabled': true,
      'serverSideEncryption.enabled': true,
      'serverSideEncryption.kmsKeyArn': at(keyOf(topology), 'arn'),
      deletionProtectionEnabled: true,
    });
    const attributes = at(table, 'attributes') as { name: string; type: string }[];
    const { partitionKey, ownerIndex } = METADATA_TABLE;
    deepEqual(
      new Map(attributes.map(({ name, type }) => [name, type])),
      new Map([partitionKey, ownerIndex.partitionKey, ownerIndex.sortKey].map((k) => [k, 'S'])),
    );
  },

  'the key rotates, and can be found by the name of the stack'(topology) {
    const key = keyOf(topology);
    equal(at(key, 'enableKeyRotation'), true);
    theOne(topology, 'aws:kms/alias:Alias', {
      name: 'alias/file-upload-test',
      targetKeyId: at(key, 'keyId'),
    });
  },

  'the key encrypts topics and logs'(topology) {
    const arn = at(keyOf(topology), 'arn');
    for (const topic of allOf(topology, 'aws:sns/topic:Topic')) {
      equal(at(topic, 'kmsMasterKeyId'), arn, topic.name);
    }
    const logs = allOf(topology, 'aws:cloudwatch/logGroup:LogGroup');
    equal(logs.length, 3);
    for (const log of logs) {
      equal(at(log, 'kmsKeyId'), arn, log.name);
      equal(at(log, 'retentionInDays'), 30, log.name);
    }
  },

  'what holds data is kept as it is when the stack is destroyed, and nothing else'(topology) {
    const kept = topology.resources.filter(({ options }) => options.protect);
    const [tables, keys] = ['aws:dynamodb/table:Table', 'aws:kms/key:Key'];
    const bucket = topology.resources.filter(({ type }) => type.startsWith('aws:s3/'));
    deepEqual(
      new Set(kept),
      new Set([...bucket, ...allOf(topology, tables), ...allOf(topology, keys)]),
    );
    equal(kept.length, 11);
    for (const { options, name } of kept) equal(options.retainOnDelete, true, name);
    equal(at(theOne(topology, 'aws:s3/bucket:Bucket'), 'forceDestroy'), false);
  },
};
