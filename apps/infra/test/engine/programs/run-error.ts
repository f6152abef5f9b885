import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

if (!new pulumi.Config().get('email')) throw new pulumi.RunError('email is missing');
new aws.sns.Topic('topic');
