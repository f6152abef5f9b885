/** Uploads a file to the service with its own client. */
import { createClient, uploadFile } from '@file-upload/api-client';

const { url } = JSON.parse(process.argv[2] ?? '') as { url: string };
const client = createClient({ baseUrl: url });

process.on('message', ({ path }: { path: string }) => {
  void uploadFile(client, path).then((metadata) => process.send?.(metadata));
});
process.send?.({});
