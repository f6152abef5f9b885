import * as aws from '@pulumi/aws';

const settings: Record<string, string> = {};
new aws.sns.Topic('topic', { displayName: `Mail of ${settings.company}` });
