import { ACCOUNT_ID } from '../engine/simulate.ts';

/** What is told of every request over TLS. */
export const SECURE = { 'aws:SecureTransport': 'true' };
/** What a service tells of the resource for which it does something. */
export const forSource = (arn: string) => ({
  ...SECURE,
  'aws:SourceAccount': ACCOUNT_ID,
  'aws:SourceArn': arn,
});
