import { sha256Of } from './samples.ts';

/** Milliseconds in which what was sent becomes a file. */
const PATIENCE_MS = 30_000;

/** What is there of a file once it is stored: its bytes as they are downloaded. */
export async function sha256OfStored(api: string, fileId: string): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(`${api}/files/${fileId}/content`);
    if (response.ok && response.body) return await sha256Of(response.body);
    const problem = await response.text();
    // A form is copied first.
    if (response.status !== 404 || Date.now() > deadline) throw new Error(problem);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
