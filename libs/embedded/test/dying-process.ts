/** Starts the embedded servers and ends their thread behind their back. */
import type { Worker } from 'node:worker_threads';
import { startEmbedded } from '../src/index.ts';

const workers: Worker[] = [];
process.on('worker', (worker) => workers.push(worker));
await startEmbedded({ dataDir: process.argv[2] ?? '', s3Port: 0 });
setInterval(() => undefined, 1000);
for (const worker of workers) void worker.terminate();
