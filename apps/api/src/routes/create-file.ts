import {
  ANONYMOUS,
  AppError,
  ContentType,
  CreateFileForm,
  CreateFileRequest,
  CreateFileResponse,
  LIMITS,
  reference,
} from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import { toMetadata } from '@file-upload/storage';
import { DEFAULT_TYPE, requireAccepted } from '../accepted-file.ts';
import { FORM } from '../form-type.ts';
import { answerError } from '../problems.ts';
import type { Services, Settings } from '../services.ts';
import {
  fileTooLarge,
  largestOf,
  receiveFile,
  type ReceivedFile,
  type SizeLimits,
} from '../store-file.ts';
import { commonHeaders, errors } from './errors.ts';
import { IdempotencyHeaders } from './idempotency-headers.ts';

/** Bytes that a form adds to its file: boundaries, headers and fields. */
const FORM_OVERHEAD = 64 * 1024;
/** Bytes that a JSON body adds to its base64. */
const JSON_OVERHEAD = 16 * 1024;

const schema = {
  operationId: 'createFile',
  summary: 'Store a file in one request',
  description:
    'Takes a form with the file as its last part, which is streamed, or JSON with the file in base64. Larger files go through `POST /uploads`.',
  tags: ['files'],
  headers: IdempotencyHeaders,
  body: {
    content: {
      'application/json': { schema: reference(CreateFileRequest) },
      [FORM]: { schema: reference(CreateFileForm) },
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
      'CONTENT_TYPE_NOT_ALLOWED',
      'PUBLIC_FILES_NOT_ALLOWED',
      'IDEMPOTENCY_KEY_REUSED',
      'STORE_UNAVAILABLE',
    ),
  },
};

/** `POST /files`. */
export const createFileRoute: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { settings } = services;
  const limits = jsonLimits(settings);
  const bodyLimit = Math.ceil(largestOf(limits) / 3) * 4 + JSON_OVERHEAD;
  const errorHandler: typeof answerError = (error, request, reply) => {
    const isTooLarge = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
    answerError(isTooLarge ? fileTooLarge(limits) : error, request, reply);
  };

  app.addContentTypeParser(FORM, (_request, _body, done) => {
    done(null); // The form is read as it streams.
  });

  app.post('/files', { bodyLimit, errorHandler, schema }, async (request, reply) => {
    const isForm = request.headers['content-type']?.toLowerCase().startsWith(FORM);
    const idempotencyKey = request.headers['idempotency-key'];
    const received = await (isForm
      ? receiveForm(services, request, idempotencyKey)
      : receiveJson(services, request.body as CreateFileRequest | undefined, idempotencyKey));
    const file = toMetadata(await received.finish(), settings.baseUrl());
    return await reply.code(201).header('location', `/files/${file.file_id}`).send({
      message: 'File uploaded successfully.',
      file_id: file.file_id,
      file_url: file.file_url,
      metadata: file,
    });
  });
};

async function receiveForm(
  services: Services,
  request: Pick<FastifyRequest, 'raw' | 'headers'>,
  idempotencyKey: string | undefined,
): Promise<ReceivedFile> {
  const { maxInlineBytes, rules, defaultVisibility } = services.settings;
  const limits = { maxInlineBytes, maxFileBytes: rules.maxFileBytes };
  if (Number(request.headers['content-length']) > largestOf(limits) + FORM_OVERHEAD) {
    throw fileTooLarge(limits);
  }
  // Loaded where it is needed: on Lambda that is seldom the first request.
  const { readForm } = await import('../form-upload.ts');
  return await readForm(request.raw, request.headers, ({ fields, bytes, ...part }) => {
    const fileName = fields.file_name ?? part.fileName;
    if (fileName === undefined) {
      throw new AppError(
        'INVALID_FILE_NAME',
        'The file has no name. Give the part a filename, or the form a field "file_name".',
      );
    }
    const contentType = fields.content_type ?? part.contentType ?? DEFAULT_TYPE;
    if (!Check(ContentType, contentType)) {
      throw new AppError('INVALID_CONTENT_TYPE', 'The Content-Type of the file is malformed.');
    }
    const visibility = fields.visibility ?? defaultVisibility;
    requireAccepted(services.settings.rules, { contentType, visibility });
    const file = {
      fileName,
      contentType,
      visibility,
      owner: ANONYMOUS,
      declared: fields.checksum,
      idempotencyKey,
    };
    return receiveFile(services, file, bytes, limits);
  });
}

async function receiveJson(
  services: Services,
  body: CreateFileRequest | undefined,
  idempotencyKey: string | undefined,
): Promise<ReceivedFile> {
  if (!body) throw new AppError('EMPTY_BODY', 'The request has no body. Send JSON or a form.');
  const { settings } = services;
  const contentType = body.content_type ?? DEFAULT_TYPE;
  const visibility = body.visibility ?? settings.defaultVisibility;
  requireAccepted(services.settings.rules, { contentType, visibility });
  const file = {
    fileName: body.file_name ?? 'unnamed',
    contentType,
    visibility,
    owner: ANONYMOUS,
    declared: body.checksum,
    idempotencyKey,
  };
  const bytes = decodeBase64(body.file_content);
  return await receiveFile(services, file, bytes, jsonLimits(settings));
}

/** JSON is held in memory. */
function jsonLimits({ maxInlineBytes, rules }: Settings): SizeLimits {
  return {
    maxInlineBytes: Math.min(LIMITS.lambdaInlineBytes, maxInlineBytes),
    maxFileBytes: rules.maxFileBytes,
  };
}

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
