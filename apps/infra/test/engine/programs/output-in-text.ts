import * as aws from '@pulumi/aws';

const bucket = new aws.s3.Bucket('files');
// eslint-disable-next-line @typescript-eslint/no-base-to-string, @typescript-eslint/restrict-template-expressions -- the mistake
new aws.sns.Topic('topic', { displayName: `Files of ${bucket.bucket}` });
