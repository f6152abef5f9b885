import { reference, UppyForm, UppyFormQuery } from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { openForm } from '../uppy-opening.ts';
import type { Services } from '../services.ts';
import { commonHeaders, errors } from './errors.ts';
import { announced, uppyRoute } from './uppy-route.ts';

/** `GET /s3/params`: a small file, in one form. */
export const uppyFormRoute: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { settings } = services;

  app.get(
    '/s3/params',
    {
      exposeHeadRoute: false,
      schema: {
        ...uppyRoute(app),
        operationId: 'openUppyForm',
        summary: 'Open an upload in one form',
        description:
          'The form brings the bytes; the file comes into being when they have arrived. The first segment of `fields.key` is its `file_id`.',
        querystring: UppyFormQuery,
        response: {
          200: {
            description: 'The form to post.',
            headers: commonHeaders,
            content: { 'application/json': { schema: reference(UppyForm) } },
          },
          ...errors(
            'INVALID_REQUEST',
            'INVALID_FILE_NAME',
            'INVALID_CONTENT_TYPE',
            'TOKEN_REQUIRED',
            'TOKEN_INVALID',
            'TOKEN_EXPIRED',
            'PUBLIC_FILES_NOT_ALLOWED',
            'CONTENT_TYPE_NOT_ALLOWED',
            'STORE_UNAVAILABLE',
          ),
        },
      },
    },
    async ({ owner, query }) => {
      const { filename, type, 'metadata[visibility]': visibility } = query;
      const file = announced(settings, { owner, filename, type, visibility });
      return await openForm(services, file, settings.rules.maxFileBytes);
    },
  );
};
