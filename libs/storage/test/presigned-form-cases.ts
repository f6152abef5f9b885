import { randomUUID } from 'node:crypto';
import type { PresignedForm } from '../src/index.ts';
import { anHourAgo } from './an-hour-ago.ts';
import { checksum, expectContent, expectNothing, newObject } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const SIZES = { minSize: 5, maxSize: 10 };

/** Posts a form as a browser does. A field that is undefined is left out. */
async function post(
  { url, fields }: PresignedForm,
  content: string,
  changes: Record<string, string | undefined> = {},
) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changes })) {
    if (value !== undefined) form.append(name, value);
  }
  form.append('file', new Blob([content], { type: 'text/html' }), 'name on the disk.html');
  return await fetch(url, { method: 'POST', body: form });
}

export function presignedFormCases(given: Given, declare: Case): void {
  for (const content of ['01234', '0123456789']) {
    declare(`writes an object of ${content.length} bytes when 5 to 10 are allowed`, async () => {
      const { objects } = given;
      const object = newObject();
      const form = await objects.presigner.post(object, SIZES);
      expect((await post(form, content)).status).toBe(204);
      expect(await objects.head(object.key)).toMatchObject({
        contentType: object.contentType,
        description: object.description,
      });
      await expectContent(objects, object.key, Buffer.from(content));
    });
  }

  declare('writes an object that has a checksum', async () => {
    const { objects } = given;
    const object = newObject();
    await post(await objects.presigner.post(object, SIZES), '01234');
    expect((await objects.head(object.key))?.checksum).toEqual(
      await checksum('CRC64NVME', Buffer.from('01234')),
    );
  });

  const otherKey = randomUUID();
  for (const [what, content, changes, status] of [
    ['a byte too few', '0123', {}, 400],
    ['a byte too many', '0123456789+', {}, 400],
    ['another key', '01234', { key: otherKey }, 403],
    ['another type', '01234', { 'Content-Type': 'text/html' }, 403],
    ['another owner', '01234', { 'x-amz-meta-owner': 'ZXZl' }, 403],
    ['no type', '01234', { 'Content-Type': undefined }, 403],
    ['a field that was not signed', '01234', { 'x-amz-meta-more': 'x' }, 403],
    ['a tag', '01234', { tagging: '<Tagging><TagSet/></Tagging>' }, 403],
    ['another signature', '01234', { 'X-Amz-Signature': '0'.repeat(64) }, 403],
    ['another policy', '01234', { Policy: btoa('{"expiration":"2099-01-01T00:00:00Z"}') }, 403],
  ] as [string, string, Record<string, string | undefined>, number][]) {
    declare(`writes nothing when it is sent with ${what}`, async () => {
      const { objects } = given;
      const object = newObject();
      const form = await objects.presigner.post(object, SIZES);
      expect((await post(form, content, changes)).status).toBe(status);
      await expectNothing(objects, object.key);
      await expectNothing(objects, otherKey);
    });
  }

  declare('writes nothing when it expired', async () => {
    const { objects } = given;
    const object = newObject();
    const form = await anHourAgo(() => objects.presigner.post(object, SIZES));
    expect((await post(form, '01234')).status).toBe(403);
    await expectNothing(objects, object.key);
  });
}
