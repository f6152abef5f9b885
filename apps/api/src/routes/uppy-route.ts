import { VISIBILITIES } from '@file-upload/shared-types';
import type { FastifyInstance } from 'fastify';
import { DEFAULT_TYPE, requireAccepted } from '../accepted-file.ts';
import type { Settings } from '../services.ts';
import type { NewFile } from '../store-file.ts';

/** The contract tells of these routes once, and of both places where they are. */
const SERVERS = [
  { url: '/', description: 'Where the service asks for no upload tokens.' },
  {
    url: '/u/{token}',
    description: 'Where it does.',
    variables: {
      token: { default: 'token', description: 'A JWT, signed with the secret of the service.' },
    },
  },
];

/** What the contract says of each of Uppy's routes. */
export function uppyRoute({ prefix }: Pick<FastifyInstance, 'prefix'>) {
  return { tags: ['uppy'], servers: SERVERS, hide: prefix !== '' };
}

/**
 * A file as Uppy announces it.
 *
 * @throws CONTENT_TYPE_NOT_ALLOWED, PUBLIC_FILES_NOT_ALLOWED
 */
export function announced(
  { rules, defaultVisibility }: Settings,
  given: {
    owner: string;
    filename: string;
    type?: string | undefined;
    /** What is neither is not given. */
    visibility?: string | null | undefined;
  },
): NewFile {
  const visibility = VISIBILITIES.find((one) => one === given.visibility) ?? defaultVisibility;
  const contentType = given.type || DEFAULT_TYPE;
  requireAccepted(rules, { contentType, visibility });
  return { fileName: given.filename, contentType, visibility, owner: given.owner };
}
