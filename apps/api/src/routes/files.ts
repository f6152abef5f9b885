import {
  ANONYMOUS,
  AppError,
  FileId,
  FileList,
  FileMetadata,
  FileValidation,
  LIMITS,
  ListFilesQuery,
  reference,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toMetadata, type FileRow } from '@file-upload/storage';
import * as Type from 'typebox';
import { deleteFile } from '../delete-file.ts';
import { dispositionOf } from '../disposition.ts';
import { fileNotFound } from '../file-not-found.ts';
import type { Services } from '../services.ts';
import { validateFile } from '../validate-file.ts';
import { commonHeaders, errors } from './errors.ts';

const Params = Type.Object({ file_id: FileId });

/** Everything under `/files` but the creation of one. */
export const fileRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { objects, metadata, settings } = services;
  const describe = (row: FileRow) => toMetadata(row, settings.baseUrl());

  app.get(
    '/files',
    {
      schema: {
        operationId: 'listFiles',
        summary: 'List files, or validate one',
        description:
          'Lists your files, newest first. With `file_id` it validates that file now instead: it checks that the bytes are there, records the verdict and returns it.',
        tags: ['files'],
        querystring: ListFilesQuery,
        response: {
          200: {
            description: 'A page of files; with `file_id`, the verdict on that file.',
            headers: commonHeaders,
            content: {
              'application/json': {
                schema: Type.Union([reference(FileList), reference(FileValidation)]),
              },
            },
          },
          ...errors(
            'INVALID_REQUEST',
            'INVALID_FILE_ID',
            'INVALID_CURSOR',
            'FILE_NOT_FOUND',
            'OBJECT_MISSING',
            'FILE_NOT_READY',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async ({ query }) => {
      const { file_id, limit = LIMITS.pageSize, cursor, status } = query;
      if (file_id !== undefined) {
        const row = await validateFile(services, settings.rules, file_id);
        return {
          message:
            row.validation_status === 'VALID' ? 'The file is valid.' : 'The file is invalid.',
          validation_status: row.validation_status,
          metadata: describe(row),
        };
      }
      const page = await metadata.list(ANONYMOUS, { limit, cursor, status });
      return { files: page.files.map(describe), next_cursor: page.next_cursor ?? null };
    },
  );

  app.get(
    '/files/:file_id',
    {
      schema: {
        operationId: 'getFile',
        summary: 'Describe a file',
        tags: ['files'],
        params: Params,
        response: {
          200: {
            description: 'What is known of the file.',
            headers: commonHeaders,
            content: { 'application/json': { schema: reference(FileMetadata) } },
          },
          ...errors('INVALID_FILE_ID', 'FILE_NOT_FOUND', 'STORE_UNAVAILABLE'),
        },
      },
    },
    async ({ params }) => describe(await find(params.file_id)),
  );

  app.get(
    '/files/:file_id/content',
    {
      schema: {
        operationId: 'getFileContent',
        summary: 'Read the bytes of a file',
        description:
          'Redirects to the bytes. What is there answers range and conditional requests. The target is good for some minutes; ask again rather than keeping it.',
        tags: ['files'],
        params: Params,
        querystring: Type.Object({
          download: Type.Optional(
            Type.Enum(['0', '1'], {
              type: 'string',
              description: '1: a browser saves the file rather than showing it.',
            }),
          ),
        }),
        response: {
          200: {
            description: 'The bytes, for clients that follow the redirect.',
            headers: commonHeaders,
            content: {
              'application/octet-stream': { schema: Type.String({ format: 'binary' }) },
            },
          },
          307: {
            description: 'The bytes are at `Location`.',
            type: 'null',
            headers: {
              ...commonHeaders,
              Location: Type.String({ format: 'uri', description: 'Where the bytes are.' }),
            },
          },
          ...errors(
            'INVALID_REQUEST',
            'INVALID_FILE_ID',
            'FILE_NOT_FOUND',
            'OBJECT_MISSING',
            'FILE_NOT_READY',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async ({ method, params, query }, reply) => {
      const row = await find(params.file_id);
      if (row.validation_status === 'PENDING') {
        throw new AppError('FILE_NOT_READY', 'The bytes of this file have not arrived yet.');
      }
      if (row.validation_error?.code === 'OBJECT_MISSING') {
        throw new AppError('OBJECT_MISSING', row.validation_error.message);
      }
      const contentDisposition = dispositionOf(row, { download: query.download === '1' });
      // An anonymous request cannot ask S3 for another disposition than the object has.
      const isPublic =
        settings.rules.publicRead &&
        row.published &&
        row.validation_status === 'VALID' &&
        contentDisposition.startsWith('inline');
      const { url } = isPublic
        ? await objects.presigner.publicUrl(row.s3_key)
        : await objects.presigner.get(row.s3_key, {
            method: method === 'HEAD' ? 'HEAD' : 'GET',
            contentDisposition,
          });
      return await reply.header('cache-control', 'no-store').redirect(url, 307);
    },
  );

  app.delete(
    '/files/:file_id',
    {
      schema: {
        operationId: 'deleteFile',
        summary: 'Delete a file',
        description: 'Deleting a file that is not there is success too.',
        tags: ['files'],
        params: Params,
        response: {
          204: { description: 'The file is gone.', headers: commonHeaders, type: 'null' },
          ...errors('INVALID_FILE_ID', 'STORE_UNAVAILABLE'),
        },
      },
    },
    async ({ params }, reply) => {
      await deleteFile(services, params.file_id);
      return await reply.code(204).send(null);
    },
  );

  async function find(fileId: string): Promise<FileRow> {
    const row = await metadata.get(fileId);
    // A row without a size only reserves its id.
    if (row?.file_size === undefined) throw fileNotFound(fileId);
    return row;
  }
};
