import {
  ANONYMOUS,
  CompleteUploadRequest,
  CreateFileResponse,
  FileId,
  LIMITS,
  OpenUploadRequest,
  reference,
  SignedParts,
  SignPartsRequest,
  Upload,
  UploadState,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toMetadata, type FileRow } from '@file-upload/storage';
import * as Type from 'typebox';
import { DEFAULT_TYPE, requireAccepted } from '../accepted-file.ts';
import { completeUpload } from '../complete-upload.ts';
import { abortUpload } from '../delete-file.ts';
import { openUpload } from '../open-upload.ts';
import type { Services } from '../services.ts';
import { signParts, signPlan } from '../sign-upload.ts';
import { readStanding } from '../upload-state.ts';
import { commonHeaders, errors } from './errors.ts';
import { IdempotencyHeaders } from './idempotency-headers.ts';

const Params = Type.Object({ file_id: FileId });
/** Bytes of a body that names 10,000 parts. */
export const COMPLETE_BODY_LIMIT = 4 * 1024 ** 2;
const tags = ['uploads'];

/** Everything under `/uploads`: bytes that go straight to the store. */
export const uploadRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { settings } = services;
  const { rules } = settings;

  app.post(
    '/uploads',
    {
      schema: {
        operationId: 'openUpload',
        summary: 'Open a direct upload',
        description:
          'Answers with how to send the bytes to the store: a small file in one request, a large one in parts. The file comes into being when its bytes have arrived.',
        tags,
        headers: IdempotencyHeaders,
        body: reference(OpenUploadRequest),
        response: {
          201: {
            description: 'The upload is open.',
            headers: {
              ...commonHeaders,
              Location: Type.String({ description: 'The path of the upload.' }),
            },
            content: { 'application/json': { schema: reference(Upload) } },
          },
          ...errors(
            'INVALID_REQUEST',
            'INVALID_JSON',
            'EMPTY_BODY',
            'INVALID_FILE_NAME',
            'INVALID_CONTENT_TYPE',
            'INVALID_IDEMPOTENCY_KEY',
            'CHECKSUM_NOT_SUPPORTED',
            'PUBLIC_FILES_NOT_ALLOWED',
            'CONFLICT',
            'FILE_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
            'CONTENT_TYPE_NOT_ALLOWED',
            'IDEMPOTENCY_KEY_REUSED',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async ({ body, headers }, reply) => {
      const contentType = body.content_type ?? DEFAULT_TYPE;
      const visibility = body.visibility ?? settings.defaultVisibility;
      requireAccepted(rules, { contentType, visibility });
      const file = {
        fileName: body.file_name,
        size: body.file_size,
        contentType,
        visibility,
        owner: ANONYMOUS,
        declared: body.checksum,
        idempotencyKey: headers['idempotency-key'],
      };
      const row = await openUpload(services, file, rules.maxFileBytes);
      const { file_id } = row;
      return await reply
        .code(201)
        .header('location', `/uploads/${file_id}`)
        .header('cache-control', 'no-store')
        .send({ file_id, expires_at: endOf(row), upload: await signPlan(services, row) });
    },
  );

  app.get(
    '/uploads/:file_id',
    {
      schema: {
        operationId: 'getUpload',
        summary: 'Tell where an upload stands',
        description: 'All that it takes to go on with it, on another device too.',
        tags,
        params: Params,
        response: {
          200: {
            description: 'Where the upload stands.',
            headers: commonHeaders,
            content: { 'application/json': { schema: reference(UploadState) } },
          },
          ...errors('INVALID_FILE_ID', 'UPLOAD_NOT_FOUND', 'STORE_UNAVAILABLE'),
        },
      },
    },
    async ({ params: { file_id } }, reply): Promise<UploadState> => {
      const { row, parts } = await readStanding(services, file_id);
      const isOpen = row.validation_status === 'PENDING';
      void reply.header('cache-control', 'no-store');
      return {
        file_id,
        expires_at: isOpen ? endOf(row) : null,
        upload: isOpen ? await signPlan(services, row) : null,
        uploaded_parts: parts.map(({ partNumber, etag, size }) => ({
          part_number: partNumber,
          etag,
          size,
        })),
        metadata: toMetadata(row, settings.baseUrl()),
      };
    },
  );

  app.post(
    '/uploads/:file_id/parts',
    {
      schema: {
        operationId: 'signParts',
        summary: 'Sign requests for parts',
        description: 'Each is good for one part of exactly its size. Ask again when they expired.',
        tags,
        params: Params,
        body: reference(SignPartsRequest),
        response: {
          200: {
            description: 'The requests to send.',
            headers: commonHeaders,
            content: { 'application/json': { schema: reference(SignedParts) } },
          },
          ...errors(
            'INVALID_REQUEST',
            'INVALID_JSON',
            'EMPTY_BODY',
            'INVALID_FILE_ID',
            'INVALID_PART_NUMBER',
            'UPLOAD_NOT_FOUND',
            'UPLOAD_FINISHED',
            'UNSUPPORTED_MEDIA_TYPE',
            'FILE_TOO_LARGE',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async ({ params, body }, reply) => {
      const signed = await signParts(services, params.file_id, body);
      return await reply.header('cache-control', 'no-store').send(signed);
    },
  );

  app.post(
    '/uploads/:file_id/complete',
    {
      bodyLimit: COMPLETE_BODY_LIMIT,
      schema: {
        operationId: 'completeUpload',
        summary: 'Finish an upload',
        description:
          'Makes the file of its parts. An upload in one request finishes by itself; this makes it sooner. Doing it twice is the same as doing it once.',
        tags,
        params: Params,
        body: { content: { 'application/json': { schema: reference(CompleteUploadRequest) } } },
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
            'INVALID_FILE_ID',
            'CHECKSUM_MISMATCH',
            'CHECKSUM_NOT_SUPPORTED',
            'SIZE_MISMATCH',
            'UPLOAD_NOT_FOUND',
            'FILE_NOT_READY',
            'INVALID_PART',
            'CONFLICT',
            'UNSUPPORTED_MEDIA_TYPE',
            'FILE_TOO_LARGE',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async ({ params, body }, reply) => {
      const given = body as CompleteUploadRequest | undefined;
      const row = await completeUpload(services, params.file_id, given);
      const file = toMetadata(row, settings.baseUrl());
      const { file_id, file_url, validation_error } = file;
      return await reply
        .code(201)
        .header('location', `/files/${file_id}`)
        .send({
          message: validation_error
            ? `The file was uploaded and rejected: ${validation_error.message}`
            : 'File uploaded successfully.',
          file_id,
          file_url,
          metadata: file,
        });
    },
  );

  app.delete(
    '/uploads/:file_id',
    {
      schema: {
        operationId: 'abortUpload',
        summary: 'Abort an upload',
        description:
          'Removes what has arrived of it. Aborting an upload that is not there is success too.',
        tags,
        params: Params,
        response: {
          204: { description: 'The upload is gone.', headers: commonHeaders, type: 'null' },
          ...errors('INVALID_FILE_ID', 'UPLOAD_FINISHED', 'STORE_UNAVAILABLE'),
        },
      },
    },
    async ({ params }, reply) => {
      await abortUpload(services, params.file_id);
      return await reply.code(204).send(null);
    },
  );
};

/** When an upload is, or would have been, given up: RFC 3339, UTC. */
function endOf({ expires_at, upload_time }: FileRow): string {
  const seconds = expires_at ?? Math.floor(Date.parse(upload_time) / 1000) + LIMITS.pendingSeconds;
  return new Date(seconds * 1000).toISOString();
}
