import type { Visibility } from '@file-upload/shared-types';
import type { FileRules, Stores } from '@file-upload/workflow';

/** What the routes are given. */
export interface Services extends Stores {
  settings: Settings;
}

export interface Settings {
  /** The URL that callers reach the service under, without a slash at its end. */
  baseUrl: () => string;
  defaultVisibility: Visibility;
  /** Bytes of the largest form upload. */
  maxInlineBytes: number;
  /** What may be stored. */
  rules: FileRules;
  /** The folder with the files of the reference page. */
  docsFolder: string;
  /** Milliseconds in which a client has to send some of its body. */
  slowBodyMs: number;
}
