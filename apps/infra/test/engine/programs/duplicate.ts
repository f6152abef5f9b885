import * as aws from '@pulumi/aws';

new aws.sns.Topic('topic');
new aws.sns.Topic('topic', { displayName: 'Another' });
