import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import type { Credentials } from './s3/authenticate.ts';

/**
 * Reads the credentials of the embedded endpoints, or makes them at the first start: an AWS
 * credentials file that only its owner can read.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
 * @throws when the file is there and holds no `default` credentials
 */
export async function loadCredentials(file: string): Promise<Credentials> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return makeCredentials(file);
  }
  const accessKeyId = /^aws_access_key_id\s*=\s*(\S+)\s*$/m.exec(text)?.[1];
  const secretAccessKey = /^aws_secret_access_key\s*=\s*(\S+)\s*$/m.exec(text)?.[1];
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(`${file} holds no credentials; remove it to have new ones made`);
  }
  return { accessKeyId, secretAccessKey };
}

async function makeCredentials(file: string): Promise<Credentials> {
  const accessKeyId = `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`;
  const secretAccessKey = randomBytes(30).toString('base64url');
  const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  // Renamed into place, so that a crash leaves no half of a file behind.
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  return { accessKeyId, secretAccessKey };
}
