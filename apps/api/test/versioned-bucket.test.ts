import type { S3Client } from '@aws-sdk/client-s3';
import { keyOfIncoming, PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { createTasks, EVERY_FILE } from '@file-upload/workflow';
import { reindex } from '../src/reindex-table.ts';
import { RULES, startStores, storeFile } from './reindex-files.ts';
import { runWorkflow } from './running-workflow.ts';
import { formOf, json, startService } from './service.ts';
import { fileIdOf, post, uppyClient } from './uppy-client.ts';

const VERSION = 'a-version';
const OLDER = 'an-older-version';
const TAG = { Key: PUBLIC_READ_TAG.key, Value: PUBLIC_READ_TAG.value };

/**
 * Makes a client see the embedded bucket, which has no versions, as the deployed one is: with them.
 *
 * @returns the versions that were tagged, and with what; and those that were deleted for good
 */
function withVersions(s3: S3Client): { tagged: object[]; deleted: object[] } {
  const tagged: object[] = [];
  const deleted: object[] = [];
  s3.middlewareStack.add(
    (next, context) => async (args) => {
      const { VersionId, ...input } = args.input as {
        VersionId?: string;
        Tagging?: object;
        Key?: string;
      };
      if (context['commandName'] === 'DeleteObjectCommand') {
        deleted.push({ VersionId, Key: input.Key });
        if (VersionId === OLDER) return { output: { $metadata: {} }, response: {} };
      }
      if (context['commandName'] === 'PutObjectTaggingCommand') {
        tagged.push({ VersionId, ...input.Tagging });
      }
      const result = await next({ ...args, input: input as typeof args.input });
      if (context['commandName'] === 'HeadObjectCommand') {
        Object.assign(result.output, { VersionId: VERSION });
      }
      return result;
    },
    { step: 'initialize', priority: 'low' },
  );
  return { tagged, deleted };
}

test('the workflow lets everybody read the version that it examined', async () => {
  const service = await startService();
  const { tagged } = withVersions(service.recordedStores.clients.s3);
  const workflow = await runWorkflow(service);
  const body = formOf('some bytes', 'a.txt', { visibility: 'public' });
  const answer = await fetch(`${service.url}/files`, { method: 'POST', body });
  const { metadata } = await json(answer);
  await workflow.announcement(({ file_id }) => file_id === metadata.file_id);

  expect(tagged).toEqual([{ VersionId: VERSION, TagSet: [TAG] }]);
  const { s3Endpoint, bucket } = service.embedded;
  expect((await fetch(`${s3Endpoint}/${bucket}/${metadata.s3_key}`)).status).toBe(200);
  await workflow.close();
  await service.close();
});

test('so does a rebuild of the table', async () => {
  const started = await startStores();
  const { tagged } = withVersions(started.recordedStores.clients.s3);
  await storeFile(started.stores, { visibility: 'public' });
  await reindex({ ...started.recordedStores, rules: RULES }, { requestMs: 0 });
  expect(tagged).toEqual([{ VersionId: VERSION, TagSet: [TAG] }]);
  await started.close();
});

test('what a form brought goes with its version once it is the object of its file', async () => {
  const service = await startService();
  const { deleted } = withVersions(service.recordedStores.clients.s3);
  const workflow = await runWorkflow(service);
  const { body: form } = await uppyClient(() => service.url).params({ filename: 'a.txt' });
  await post(form, 'some bytes');
  const key = form.fields['key']!;
  await workflow.announcement(({ file_id }) => file_id === fileIdOf(key));
  expect(deleted).toEqual([{ VersionId: VERSION, Key: key }]);
  await workflow.close();
  await service.close();
});

test('what a form brought goes, too, where it was posted again before anybody looked', async () => {
  const service = await startService();
  const { recordedStores, url } = service;
  const { deleted } = withVersions(recordedStores.clients.s3);
  const runTask = createTasks({ ...recordedStores, rules: EVERY_FILE, baseUrl: () => url });
  const { body: form } = await uppyClient(() => url).params({ filename: 'a.txt' });
  await post(form, 'some bytes');
  const key = form.fields['key']!;
  const eventOf = (version: string) => ({
    id: version,
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: new Date().toISOString(),
    detail: {
      bucket: { name: recordedStores.objects.bucket },
      object: { key, size: 10, etag: 'of-this-version', 'version-id': version },
    },
  });
  for (const version of [OLDER, VERSION]) {
    await runTask({ task: 'ValidateFile', input: eventOf(version), retries: 0 });
  }
  expect(deleted).toEqual([
    { VersionId: OLDER, Key: key },
    { VersionId: VERSION, Key: key },
  ]);
  expect(await recordedStores.objects.head(keyOfIncoming(key)!)).toMatchObject({ size: 10 });
  await service.close();
});
