import { FileHistory, FileId, reference } from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as Type from 'typebox';
import { fileNotFound } from '../file-not-found.ts';
import type { Services } from '../services.ts';
import { commonHeaders, errors } from './errors.ts';

/** `GET /files/{file_id}/history`. */
export const historyRoute: FastifyPluginAsyncTypebox<Services> = async (app, { metadata }) => {
  app.get(
    '/files/:file_id/history',
    {
      schema: {
        operationId: 'getFileHistory',
        summary: 'Tell what happened to a file',
        tags: ['files'],
        params: Type.Object({ file_id: FileId }),
        response: {
          200: {
            description: 'What happened to the file, oldest first.',
            headers: commonHeaders,
            content: { 'application/json': { schema: reference(FileHistory) } },
          },
          ...errors('INVALID_FILE_ID', 'FILE_NOT_FOUND', 'STORE_UNAVAILABLE'),
        },
      },
    },
    async ({ params: { file_id } }) => {
      const row = await metadata.get(file_id);
      // A row without a size only reserves its id.
      if (row?.file_size === undefined) throw fileNotFound(file_id);
      return { file_id, history: row.history ?? [] };
    },
  );
};
