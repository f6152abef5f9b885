import {
  ANONYMOUS,
  FileId,
  LIMITS,
  OpenUploadRequest,
  reference,
  OpenedUpload,
  UploadState,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toMetadata, type FileRow } from '@file-upload/storage';
import * as Type from 'typebox';
import { DEFAULT_TYPE, requireAccepted } from '../accepted-file.ts';
import { abortUpload } from '../delete-file.ts';
import { openUpload } from '../open-upload.ts';
import type { Services } from '../services.ts';
import { signPlan } from '../sign-upload.ts';
import { readStanding } from '../upload-state.ts';
import { commonHeaders, errors } from './errors.ts';
import { IdempotencyHeaders } from './idempotency-headers.ts';

const Params = Type.Object({ file_id: FileId });
const tags = ['uploads'];

/** How an upload begins, where it stands, and how it is given up: bytes go straight to the store. */
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
            content: { 'application/json': { schema: reference(OpenedUpload) } },
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
