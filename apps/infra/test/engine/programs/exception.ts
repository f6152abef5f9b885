import * as aws from '@pulumi/aws';

new aws.sns.Topic('topic', undefined, {
  aliases: ['urn:pulumi:test::other::aws:sns/topic:Topic::old'],
}).arn.apply(() => {
  throw new TypeError('no such thing');
});
