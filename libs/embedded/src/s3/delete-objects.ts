import { deleteObject } from './commit-object.ts';
import { S3Error } from './errors.ts';
import { replyXml } from './reply.ts';
import { collectBody, openRequestBody } from './request-body.ts';
import { headerOf } from './request.ts';
import { requireBucket, type Call } from './store.ts';
import { readXml, type XmlElement, type XmlNode } from './xml.ts';

const MAX_OBJECTS = 1000;
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(call: Call): Promise<void> {
  const { store, request, response } = call;
  requireBucket(store, request.bucket);
  const opened = openRequestBody(call);
  if (!opened.checksum && headerOf(request.http, 'content-md5') === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  const body = readXml((await collectBody(opened, MAX_BODY_BYTES)).toString(), 'Delete');
  const objects = body.all('Object');
  if (objects.length === 0 || objects.length > MAX_OBJECTS) throw new S3Error('MalformedXML');
  const keys = objects.map((object) => object.text('Key'));
  if (keys.some((key) => !key)) throw new S3Error('MalformedXML');
  const quiet = body.text('Quiet')?.trim() === 'true';

  const results = await Promise.all(
    objects.map(async (object, i): Promise<['Deleted' | 'Error', XmlElement]> => {
      const key = keys[i] ?? '';
      try {
        refuseConditions(object);
        await deleteObject(store, request.bucket, key);
        return ['Deleted', { Key: key }];
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        return ['Error', { Key: key, Code: error.code, Message: error.message }];
      }
    }),
  );
  const of = (outcome: string): XmlElement[] =>
    results.filter(([kind]) => kind === outcome).map(([, element]) => element);
  replyXml(response, 'DeleteResult', { Deleted: quiet ? [] : of('Deleted'), Error: of('Error') });
}

function refuseConditions(object: XmlNode): void {
  const other = object.names().find((name) => name !== 'Key');
  if (other !== undefined) {
    throw new S3Error(
      'NotImplemented',
      `This server does not implement ${other} of objects to delete.`,
    );
  }
}
