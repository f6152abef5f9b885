import * as aws from '@pulumi/aws';

const topic = new aws.sns.Topic('topic');
topic.arn.apply(
  () =>
    new aws.sns.TopicSubscription('subscription', {
      topic,
      protocol: 'email',
      endpoint: 'someone@example.com',
    }),
);
