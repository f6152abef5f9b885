import {
  CompleteUploadRequest,
  CreateFileResponse,
  FileId,
  reference,
  SignedParts,
  SignPartsRequest,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toMetadata } from '@file-upload/storage';
import * as Type from 'typebox';
import { completeUpload } from '../complete-upload.ts';
import type { Services } from '../services.ts';
import { signParts } from '../sign-upload.ts';
import { commonHeaders, errors } from './errors.ts';

const Params = Type.Object({ file_id: FileId });
/** Bytes of a body that names 10,000 parts. */
export const COMPLETE_BODY_LIMIT = 4 * 1024 ** 2;
const tags = ['uploads'];

/** How the parts of an upload are sent, and made one file. */
export const uploadPartRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { settings } = services;

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
};
