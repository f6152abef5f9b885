import {
  AppError,
  LIMITS,
  reference,
  UppyBatchQuery,
  UppyCompleteRequest,
  UppyFile,
  UppyKeyQuery,
  UppyPartParams,
  UppyParts,
  UppyPartUrl,
  UppyPartUrls,
  UppyUpload,
  UppyUploadParams,
  UppyUploadRequest,
  type ErrorCode,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toMetadata } from '@file-upload/storage';
import * as Type from 'typebox';
import type { TSchema } from 'typebox';
import type { Services } from '../services.ts';
import { openParts } from '../uppy-opening.ts';
import { abortParts, completeParts, findParts, listParts, signPart } from '../uppy-parts.ts';
import { commonHeaders, errors } from './errors.ts';
import { announced, uppyRoute } from './uppy-route.ts';
import { COMPLETE_BODY_LIMIT } from './upload-parts.ts';

const TOKEN_CODES = ['TOKEN_REQUIRED', 'TOKEN_INVALID', 'TOKEN_EXPIRED'] as const;
const BODY_CODES = [
  'INVALID_JSON',
  'EMPTY_BODY',
  'FILE_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const;

/** What a route answers with, in its contract. */
const answers = (description: string, schema: TSchema, ...codes: ErrorCode[]) => ({
  200: { description, headers: commonHeaders, content: { 'application/json': { schema } } },
  ...errors('INVALID_REQUEST', ...TOKEN_CODES, ...codes, 'STORE_UNAVAILABLE'),
});

/** Everything under `/s3/multipart`: a large file, in parts. */
export const uppyPartsRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { objects, settings } = services;
  const { rules } = settings;
  const { bucket } = objects;
  const route = uppyRoute(app);

  app.post(
    '/s3/multipart',
    {
      schema: {
        ...route,
        operationId: 'openUppyUpload',
        summary: 'Open an upload in parts',
        description: 'The first segment of `key` is the `file_id` of the file that it becomes.',
        body: reference(UppyUploadRequest),
        response: answers(
          'The upload is open.',
          reference(UppyUpload),
          ...BODY_CODES,
          'INVALID_FILE_NAME',
          'INVALID_CONTENT_TYPE',
          'PUBLIC_FILES_NOT_ALLOWED',
          'CONTENT_TYPE_NOT_ALLOWED',
        ),
      },
    },
    async ({ owner, body: { filename, type, metadata } }) => {
      const { visibility } = metadata ?? {};
      const file = announced(settings, { owner, filename, type, visibility });
      return { ...(await openParts(services, file)), bucket };
    },
  );

  app.get(
    '/s3/multipart/:uploadId',
    {
      exposeHeadRoute: false,
      schema: {
        ...route,
        operationId: 'listUppyParts',
        summary: 'List the parts of an upload that the store has',
        params: UppyUploadParams,
        querystring: UppyKeyQuery,
        response: answers('The parts.', reference(UppyParts), 'UPLOAD_NOT_FOUND'),
      },
    },
    async ({ owner, params: { uploadId }, query: { key } }) => {
      const parts = await listParts(services, await findParts(services, { owner, key, uploadId }));
      return parts.map(({ partNumber, etag, size }) => ({
        PartNumber: partNumber,
        ETag: etag,
        Size: size,
      }));
    },
  );

  app.get(
    '/s3/multipart/:uploadId/:partNumber',
    {
      exposeHeadRoute: false,
      schema: {
        ...route,
        operationId: 'signUppyPart',
        summary: 'Sign a request for a part',
        params: UppyPartParams,
        querystring: UppyKeyQuery,
        response: answers(
          'Where to PUT the part.',
          reference(UppyPartUrl),
          'INVALID_PART_NUMBER',
          'UPLOAD_NOT_FOUND',
          'UPLOAD_FINISHED',
          'FILE_TOO_LARGE',
        ),
      },
    },
    async ({ owner, params: { uploadId, partNumber }, query: { key } }) => {
      const row = await findParts(services, { owner, key, uploadId });
      return await signPart(services, row, partNumber, rules);
    },
  );

  app.get(
    '/s3/multipart/:uploadId/batch',
    {
      exposeHeadRoute: false,
      schema: {
        ...route,
        operationId: 'signUppyParts',
        summary: 'Sign requests for parts',
        params: UppyUploadParams,
        querystring: UppyBatchQuery,
        response: answers(
          'Where to PUT each of the parts.',
          reference(UppyPartUrls),
          'INVALID_PART_NUMBER',
          'UPLOAD_NOT_FOUND',
          'UPLOAD_FINISHED',
          'FILE_TOO_LARGE',
        ),
      },
    },
    async ({ owner, params: { uploadId }, query: { key, partNumbers } }) => {
      const numbers = partNumbers.split(',').map(Number);
      if (numbers.some((number) => number < 1 || number > LIMITS.maxParts)) {
        throw new AppError(
          'INVALID_PART_NUMBER',
          `A part has a number from 1 to ${LIMITS.maxParts}.`,
        );
      }
      const row = await findParts(services, { owner, key, uploadId });
      const urls = await Promise.all(
        numbers.map(async (number) => {
          const { url } = await signPart(services, row, number, rules);
          return [number, url] as const;
        }),
      );
      return { presignedUrls: Object.fromEntries(urls) };
    },
  );

  app.post(
    '/s3/multipart/:uploadId/complete',
    {
      bodyLimit: COMPLETE_BODY_LIMIT,
      schema: {
        ...route,
        operationId: 'completeUppyUpload',
        summary: 'Finish an upload in parts',
        description:
          'Makes the file of its parts, and examines it. Doing it twice is the same as doing it once.',
        params: UppyUploadParams,
        querystring: UppyKeyQuery,
        body: reference(UppyCompleteRequest),
        response: answers(
          'The file is stored, and valid.',
          reference(UppyFile),
          ...BODY_CODES,
          'UPLOAD_NOT_FOUND',
          'INVALID_PART',
          'CONFLICT',
          'FILE_REJECTED',
          'FILE_NOT_FOUND',
          'OBJECT_MISSING',
        ),
      },
    },
    async ({ owner, params: { uploadId }, query: { key }, body: { parts } }) => {
      const row = await findParts(services, { owner, key, uploadId });
      const completed = await completeParts(services, row, parts, rules);
      return { location: toMetadata(completed, settings.baseUrl()).file_url, key, bucket };
    },
  );

  app.delete(
    '/s3/multipart/:uploadId',
    {
      schema: {
        ...route,
        operationId: 'abortUppyUpload',
        summary: 'Abort an upload in parts',
        description: 'Removes what has arrived of it.',
        params: UppyUploadParams,
        querystring: UppyKeyQuery,
        response: answers(
          'The upload is gone.',
          Type.Object({}),
          'UPLOAD_NOT_FOUND',
          'UPLOAD_FINISHED',
        ),
      },
    },
    async ({ owner, params: { uploadId }, query: { key } }) => {
      await abortParts(services, { owner, key, uploadId });
      return {};
    },
  );
};
