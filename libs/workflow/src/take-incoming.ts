import { keyOfIncoming, objectKey } from '@file-upload/shared-types';
import { hasCode, type ObjectStore, type StoredObject } from '@file-upload/storage';

/**
 * Makes a file's object of what a form brought, unless it has one. A form can be posted any number
 * of times until it expires, and S3 has no condition for it; what it brings is therefore kept apart
 * from the file, which is created once and never replaced.
 *
 * Twice is the same as once, also when it dies in between.
 *
 * @param version the one to remove: that of the event. Where the form was posted again meanwhile, it is
 *   older than `object`, and no other event is going to remove it.
 * @returns the key of the file's object; undefined where `object` was not brought by a form of ours
 */
export async function takeIncoming(
  objects: ObjectStore,
  { key, description, versionId }: StoredObject,
  version = versionId,
): Promise<string | undefined> {
  const target = keyOfIncoming(key);
  const [fileId = ''] = key.split('/', 1);
  if (!target || !description || objectKey(fileId, description.fileName) !== target) {
    return undefined;
  }
  // The condition of the copy is what counts, but stores other than S3 may not know it.
  if (!(await objects.head(target))) {
    await objects.copy(key, target).catch((error: unknown) => {
      // Another run has made it, and perhaps removed what it was made of.
      if (!hasCode(error, 'OBJECT_MISSING', 'OBJECT_EXISTS')) throw error;
    });
  }
  await objects.remove(key, version);
  return target;
}
