/** A tus server that keeps its files in a folder: `@tus/server` with `@tus/file-store`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const { folder } = JSON.parse(process.argv[2] ?? '') as { folder: string };
const tus = new Server({ path: '/files', datastore: new FileStore({ directory: folder }) });
const server = createServer((request, response) => void tus.handle(request, response));
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files` });
