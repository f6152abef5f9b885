import { updateObject } from './commit-object.ts';
import { reply, replyXml } from './reply.ts';
import { collectBody, openRequestBody } from './request-body.ts';
import { requireObject, type Call } from './store.ts';
import { parseTagXml } from './tags.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export function getObjectTagging({ store, request, response }: Call): void {
  const { tags } = requireObject(store, request.bucket, request.key);
  replyXml(response, 'Tagging', {
    TagSet: { Tag: tags.map(([Key, Value]) => ({ Key, Value })) },
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export async function putObjectTagging(call: Call): Promise<void> {
  const { store, request, response } = call;
  const body = await collectBody(openRequestBody(call), MAX_BODY_BYTES);
  const tags = parseTagXml(body.toString());
  await updateObject(store, request.bucket, request.key, (object) => ({ ...object, tags }));
  reply(response, 200);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export async function deleteObjectTagging({ store, request, response }: Call): Promise<void> {
  await updateObject(store, request.bucket, request.key, (object) => ({ ...object, tags: [] }));
  reply(response, 204);
}
