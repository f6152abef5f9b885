import {
  deleteFile,
  getFile,
  listFiles,
  streamEvents,
  type Client,
  type FileEvent,
  type FileList,
  type FileMetadata,
} from '@file-upload/api-client';

/** What the list of files asks of the service. Each rejects with what {@link reasonOf} can tell. */
export interface FilesApi {
  list(query: { limit: number; cursor?: string }): Promise<FileList>;
  /** Undefined where there is no such file. */
  get(fileId: string): Promise<FileMetadata | undefined>;
  remove(fileId: string): Promise<void>;
  /** Follows what is announced; ends when the connection does. */
  follow(options: FollowOptions): Promise<FollowOutcome>;
}

export interface FollowOptions {
  signal: AbortSignal;
  onOpen: () => void;
  onEvent: (event: FileEvent) => void;
}

/** `refused`: the service streams no events, and asking again is of no use. */
export type FollowOutcome = 'ended' | 'refused';

/** @param hasEvents whether the service streams events: it is not asked in vain */
export function createFilesApi(client: Client, hasEvents: boolean): FilesApi {
  const options = { client, throwOnError: true } as const;
  return {
    list: async (query) => (await listFiles({ ...options, query })).data,

    async get(fileId) {
      try {
        return (await getFile({ ...options, path: { file_id: fileId } })).data;
      } catch (error) {
        if ((error as { code?: string }).code === 'FILE_NOT_FOUND') return undefined;
        throw error;
      }
    },

    async remove(fileId) {
      await deleteFile({ ...options, path: { file_id: fileId } });
    },

    async follow({ signal, onOpen, onEvent }) {
      if (!hasEvents) return 'refused';
      let status = 0;
      const { stream } = await streamEvents({
        client,
        signal,
        sseMaxRetryAttempts: 1,
        // The only way to learn that the service refuses, rather than being away.
        fetch: async (request) => {
          const response = await fetch(request);
          ({ status } = response);
          if (response.ok) onOpen();
          return response;
        },
      });
      for await (const event of stream) onEvent(event);
      const isRefused = (status >= 400 && status < 500) || status === 501;
      return isRefused ? 'refused' : 'ended';
    },
  };
}

/** What to tell a person of an error: the service's own words, where it answered. */
export function reasonOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  if (code !== undefined && message) return message;
  return 'The service cannot be reached. Check your connection, then try again.';
}
