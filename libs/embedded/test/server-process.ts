/** A process of its own that runs the embedded servers: `node server-process.ts <folder> <port>`. */
import { startEmbedded } from '../src/index.ts';

const [dataDir = '', s3Port = '0'] = process.argv.slice(2);
try {
  const { close, ...embedded } = await startEmbedded({ dataDir, s3Port: Number(s3Port) });
  console.log(JSON.stringify(embedded));
  process.once('SIGTERM', () => void close());
} catch (error) {
  const { name, code, message } = error as Error & { code?: string };
  console.log(JSON.stringify({ name, code, message }));
}
