import { sha256Of } from './samples.ts';

/** What is there of a file once it is stored: its bytes as they are downloaded. */
export async function sha256OfStored(api: string, fileId: string): Promise<string> {
  const response = await fetch(`${api}/files/${fileId}/content`);
  if (!response.ok || !response.body) throw new Error(await response.text());
  return await sha256Of(response.body);
}
