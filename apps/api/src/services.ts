import type { Visibility } from '@file-upload/shared-types';
import type { FileRules, Stores } from '@file-upload/workflow';

/** What the routes are given. */
export interface Services extends Stores {
  settings: Settings;
  /** What was announced; undefined where other means carry it, such as SNS. */
  notifications?: NotificationFeed | undefined;
}

/** Announcements in their order, to be followed from any of them on. */
export interface NotificationFeed {
  /**
   * The messages after the one with the id `after`, then every new one, until `signal` aborts.
   * Without `after` only new ones; after an id that the feed cannot have given, all. They are read
   * as they are asked for.
   */
  follow(
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<{ id: string; message: unknown }>;
}

export interface Settings {
  /** The URL that callers reach the service under, without a slash at its end. */
  baseUrl: () => string;
  defaultVisibility: Visibility;
  /** Bytes of the largest form upload. */
  maxInlineBytes: number;
  /** What upload tokens are signed with; undefined: none is asked for. */
  uploadTokenSecret?: string | undefined;
  /** What may be stored. */
  rules: FileRules;
  /** Whose pages may call the service. */
  cors: CorsSettings;
  /** The folder with the files of the reference page. */
  docsFolder: string;
  /** The folder with the upload page. */
  pageFolder: string;
  /** Milliseconds in which a client has to send some of its body. */
  slowBodyMs: number;
  /** Milliseconds between two signs of life in a stream of events; 15 000 unless a test says. */
  eventHeartbeatMs?: number | undefined;
}

export interface CorsSettings {
  /** As browsers send them; `*` for any. */
  origins: '*' | string[];
  /** Whether pages may send cookies and the like. Not with `*`. */
  credentials: boolean;
}
