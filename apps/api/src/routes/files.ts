import {
  ANONYMOUS,
  AppError,
  ContentType,
  CreateFileForm,
  CreateFileRequest,
  CreateFileResponse,
  FileId,
  FileList,
  FileMetadata,
  FileValidation,
  LIMITS,
  ListFilesQuery,
  reference,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FileRow } from '@file-upload/storage';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { deleteFile } from '../delete-file.ts';
import { dispositionOf } from '../disposition.ts';
import { fileNotFound, toMetadata } from '../file-metadata.ts';
import { readForm } from '../form-upload.ts';
import type { Services } from '../services.ts';
import { fileTooLarge, receiveFile, type NewFile, type ReceivedFile } from '../store-file.ts';
import { validateFile } from '../validate-file.ts';
import { commonHeaders, errors } from './errors.ts';

const FORM = 'multipart/form-data';
const DEFAULT_TYPE = 'application/octet-stream';
/** What a form adds to its file: boundaries, headers and fields. */
const FORM_OVERHEAD = 64 * 1024;
/** What a JSON body adds to its base64. */
const JSON_OVERHEAD = 16 * 1024;

const Params = Type.Object({ file_id: FileId });

const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: LIMITS.idempotencyKeyLength,
      pattern: '^[!-~]+$',
      description:
        'Any text of your own, such as a UUID. Repeating a request with its key is the same as sending it once.',
    }),
  ),
});

/** Everything under `/files`. */
export const fileRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { objects, metadata, settings } = services;
  const describe = (row: FileRow) => toMetadata(row, settings.baseUrl());

  app.addContentTypeParser(FORM, (_request, _body, done) => {
    done(null); // The route reads the form as it streams.
  });

  app.post(
    '/files',
    {
      bodyLimit: Math.ceil(LIMITS.lambdaInlineBytes / 3) * 4 + JSON_OVERHEAD,
      schema: {
        operationId: 'createFile',
        summary: 'Store a file in one request',
        description:
          'Takes a form with the file as its last part, which is streamed, or JSON with the file in base64. Larger files go through `POST /uploads`.',
        tags: ['files'],
        headers: IdempotencyHeaders,
        body: {
          content: {
            'application/json': { schema: reference(CreateFileRequest) },
            [FORM]: { schema: CreateFileForm },
          },
        },
        response: {
          201: {
            description: 'The file is stored, and stays.',
            headers: {
              ...commonHeaders,
              Location: Type.String({ description: 'The path of the file.' }),
            },
            content: { 'application/json': { schema: reference(CreateFileResponse) } },
          },
          ...errors(
            'INVALID_REQUEST',
            'INVALID_JSON',
            'EMPTY_BODY',
            'INVALID_BASE64',
            'INVALID_FORM',
            'FILE_PART_MISSING',
            'TOO_MANY_FILES',
            'INVALID_FILE_NAME',
            'INVALID_CONTENT_TYPE',
            'INVALID_IDEMPOTENCY_KEY',
            'CHECKSUM_MISMATCH',
            'UPLOAD_INTERRUPTED',
            'REQUEST_TIMEOUT',
            'CONFLICT',
            'FILE_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
            'IDEMPOTENCY_KEY_REUSED',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key'];
      const { maxInlineBytes, defaultVisibility } = settings;

      async function receive(
        given: Partial<CreateFileRequest>,
        bytes: AsyncIterable<Uint8Array>,
        maxBytes: number,
      ): Promise<ReceivedFile> {
        const file: NewFile = {
          fileName: given.file_name ?? 'unnamed',
          contentType: given.content_type ?? DEFAULT_TYPE,
          visibility: given.visibility ?? defaultVisibility,
          owner: ANONYMOUS,
          declared: given.checksum,
          idempotencyKey,
        };
        return await receiveFile(services, file, bytes, maxBytes);
      }

      async function receiveForm(): Promise<ReceivedFile> {
        if (Number(request.headers['content-length']) > maxInlineBytes + FORM_OVERHEAD) {
          throw fileTooLarge(maxInlineBytes);
        }
        return await readForm(request.raw, request.headers, ({ fields, fileName, ...part }) => {
          const file_name = fields.file_name ?? fileName;
          if (file_name === undefined) {
            throw new AppError(
              'INVALID_FILE_NAME',
              'The file has no name. Give the part a filename, or the form a field "file_name".',
            );
          }
          const content_type = fields.content_type ?? part.contentType ?? DEFAULT_TYPE;
          if (!Check(ContentType, content_type)) {
            throw new AppError(
              'INVALID_CONTENT_TYPE',
              'The Content-Type of the file is malformed.',
            );
          }
          return receive({ ...fields, file_name, content_type }, part.bytes, maxInlineBytes);
        });
      }

      const isForm = request.headers['content-type']?.toLowerCase().startsWith(FORM);
      const received = isForm
        ? await receiveForm()
        : await receive(
            request.body as CreateFileRequest,
            decodeBase64((request.body as CreateFileRequest).file_content),
            Math.min(LIMITS.lambdaInlineBytes, maxInlineBytes),
          );
      const file = describe(await received.finish());
      return await reply.code(201).header('location', `/files/${file.file_id}`).send({
        message: 'File uploaded successfully.',
        file_id: file.file_id,
        file_url: file.file_url,
        metadata: file,
      });
    },
  );

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
        const row = await validateFile(services, file_id);
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
            Type.Union([Type.Literal('0'), Type.Literal('1')], {
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
    async ({ params, query }, reply) => {
      const row = await find(params.file_id);
      if (row.validation_status === 'PENDING') {
        throw new AppError('FILE_NOT_READY', 'The bytes of this file have not arrived yet.');
      }
      if (row.validation_error?.code === 'OBJECT_MISSING') {
        throw new AppError('OBJECT_MISSING', row.validation_error.message);
      }
      const target = await objects.presigner.get(row.s3_key, {
        contentDisposition: dispositionOf(row, { download: query.download === '1' }),
      });
      return await reply.header('cache-control', 'no-store').redirect(target.url, 307);
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

/** @throws INVALID_BASE64 */
async function* decodeBase64(text: string): AsyncGenerator<Uint8Array> {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new AppError(
      'INVALID_BASE64',
      'file_content is not base64 as in RFC 4648 section 4, with padding and without line breaks.',
    );
  }
  yield Buffer.from(text, 'base64');
}
