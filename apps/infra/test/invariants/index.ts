import { MONITORING } from './monitoring.ts';
import { OBJECT_PATH } from './object-path.ts';
import { REQUEST_PATH } from './request-path.ts';
import type { Invariants } from './resources.ts';
import { STORAGE } from './storage.ts';
import { STRUCTURE } from './structure.ts';

/** A stack with every option that makes a resource. */
export const EVERYTHING = {
  'file-upload:alarmEmail': 'team@example.com',
  'file-upload:provisionedConcurrency': '2',
  'file-upload:domainName': 'files.example.com',
  'file-upload:certificateArn': 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
};

/** What holds of the stack `test` with {@link EVERYTHING}. */
export const TOPOLOGY_INVARIANTS: Invariants = {
  ...REQUEST_PATH,
  ...OBJECT_PATH,
  ...STORAGE,
  ...MONITORING,
  ...STRUCTURE,
};
