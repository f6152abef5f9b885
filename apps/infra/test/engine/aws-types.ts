/** What a simulated resource can be answered from. */
interface Facts {
  inputs: Record<string, unknown>;
  /** An input as text; empty if it is not there. */
  text: (property: string) => string;
  /** The name in AWS: as given, or as auto-naming makes it. */
  name: string;
  /** 64 hexadecimal digits of its own. */
  digest: string;
  region: string;
  /** An ARN in the account; services without regions leave theirs empty. */
  arn: (service: string, resource: string, region?: string) => string;
}

interface AwsType {
  /** The property that holds its name in AWS, which Pulumi fills in. */
  naming?: string;
  /** How long AWS lets the name be. */
  longest?: number;
  answer: (facts: Facts) => { id: string } & Record<string, unknown>;
}

/** A setting of another resource, which has no id but that one's. */
const settingOf = (property: string): AwsType => ({
  answer: ({ text }) => ({ id: text(property) }),
});
const bucketSetting = settingOf('bucket');

const gatewayArn = (region: string, path: string) => `arn:aws:apigateway:${region}::${path}`;
/** What API Gateway calls a function by. */
const invokeArn = (region: string, functionArn: string) =>
  `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
/** The ids of API Gateway. */
const shortId = (digest: string) => BigInt(`0x${digest}`).toString(36).slice(0, 10);
const withShortId: AwsType = { answer: ({ digest }) => ({ id: shortId(digest) }) };
const uuid = (digest: string) =>
  digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** Ids and outputs as the AWS provider of Terraform documents them. */
export const TYPES: Record<string, AwsType> = {
  'aws:s3/bucket:Bucket': {
    naming: 'bucket',
    longest: 63,
    answer: ({ name, region }) => ({
      id: name,
      arn: `arn:aws:s3:::${name}`,
      bucketDomainName: `${name}.s3.amazonaws.com`,
      bucketRegion: region,
      bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    }),
  },
  'aws:s3/bucketCorsConfiguration:BucketCorsConfiguration': bucketSetting,
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': bucketSetting,
  'aws:s3/bucketNotification:BucketNotification': bucketSetting,
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': bucketSetting,
  'aws:s3/bucketPolicy:BucketPolicy': bucketSetting,
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': bucketSetting,
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration':
    bucketSetting,
  'aws:s3/bucketVersioning:BucketVersioning': bucketSetting,

  'aws:dynamodb/table:Table': {
    naming: 'name',
    answer: ({ name, arn }) => ({ id: name, arn: arn('dynamodb', `table/${name}`) }),
  },

  'aws:kms/key:Key': {
    answer: ({ digest, arn }) => {
      const keyId = uuid(digest);
      return { id: keyId, keyId, arn: arn('kms', `key/${keyId}`) };
    },
  },
  'aws:kms/alias:Alias': {
    naming: 'name',
    answer: ({ name, text, arn }) => ({
      id: name,
      arn: arn('kms', name),
      targetKeyArn: arn('kms', `key/${text('targetKeyId').split('/').at(-1)}`),
    }),
  },

  'aws:apigatewayv2/api:Api': {
    naming: 'name',
    longest: 128,
    answer: ({ digest, region, arn }) => {
      const id = shortId(digest);
      return {
        id,
        arn: gatewayArn(region, `/apis/${id}`),
        apiEndpoint: `https://${id}.execute-api.${region}.amazonaws.com`,
        executionArn: arn('execute-api', id),
      };
    },
  },
  'aws:apigatewayv2/stage:Stage': {
    naming: 'name',
    longest: 128,
    answer: ({ name, text, region, arn }) => ({
      id: name,
      arn: gatewayArn(region, `/apis/${text('apiId')}/stages/${name}`),
      executionArn: arn('execute-api', `${text('apiId')}/${name}`),
      invokeUrl:
        `https://${text('apiId')}.execute-api.${region}.amazonaws.com/` +
        (name === '$default' ? '' : name),
    }),
  },
  'aws:apigatewayv2/domainName:DomainName': {
    answer: ({ inputs, text, digest, region }) => ({
      id: text('domainName'),
      arn: gatewayArn(region, `/domainnames/${text('domainName')}`),
      domainNameConfiguration: {
        ...(inputs.domainNameConfiguration as object),
        hostedZoneId: `Z${digest.slice(0, 13).toUpperCase()}`,
        targetDomainName: `d-${shortId(digest)}.execute-api.${region}.amazonaws.com`,
      },
    }),
  },
  'aws:apigatewayv2/apiMapping:ApiMapping': withShortId,
  'aws:apigatewayv2/integration:Integration': withShortId,
  'aws:apigatewayv2/route:Route': withShortId,

  'aws:lambda/function:Function': {
    naming: 'name',
    longest: 64,
    answer: ({ name, inputs, region, arn }) => {
      const version = inputs.publish === true ? '1' : '$LATEST';
      const own = arn('lambda', `function:${name}`);
      return {
        id: name,
        version,
        arn: own,
        qualifiedArn: `${own}:${version}`,
        invokeArn: invokeArn(region, own),
        qualifiedInvokeArn: invokeArn(region, `${own}:${version}`),
      };
    },
  },
  'aws:lambda/alias:Alias': {
    naming: 'name',
    longest: 128,
    answer: ({ name, text, region, arn }) => {
      const own = arn('lambda', `function:${text('functionName').split(':').at(-1)}:${name}`);
      return { id: own, arn: own, invokeArn: invokeArn(region, own) };
    },
  },
  'aws:lambda/permission:Permission': {
    naming: 'statementId',
    longest: 100,
    answer: ({ name }) => ({ id: name }),
  },
  'aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig': {
    answer: ({ text }) => ({ id: `${text('functionName')},${text('qualifier')}` }),
  },
  'aws:appautoscaling/target:Target': {
    answer: ({ text, digest, arn }) => ({
      id: text('resourceId'),
      arn: arn('application-autoscaling', `scalable-target/${digest.slice(0, 32)}`),
    }),
  },
  'aws:appautoscaling/policy:Policy': {
    naming: 'name',
    answer: ({ name, text, digest, arn }) => ({
      id: name,
      arn: arn(
        'autoscaling',
        `scalingPolicy:${uuid(digest)}:resource/${text('serviceNamespace')}/${text('resourceId')}:policyName/${name}`,
      ),
      alarmArns: [],
    }),
  },

  'aws:iam/role:Role': {
    naming: 'name',
    longest: 64,
    answer: ({ name, text, digest, arn }) => ({
      id: name,
      arn: arn('iam', `role${text('path') || '/'}${name}`, ''),
      uniqueId: `AROA${digest.slice(0, 17).toUpperCase()}`,
    }),
  },
  'aws:iam/rolePolicy:RolePolicy': {
    naming: 'name',
    longest: 128,
    answer: ({ name, text }) => ({ id: `${text('role')}:${name}` }),
  },

  'aws:sns/topic:Topic': {
    naming: 'name',
    longest: 256,
    answer: ({ name, arn }) => {
      const own = arn('sns', name);
      return { id: own, arn: own, owner: own.split(':')[4] };
    },
  },
  'aws:sns/topicPolicy:TopicPolicy': settingOf('arn'),
  'aws:sns/topicSubscription:TopicSubscription': {
    answer: ({ text, digest }) => {
      const own = `${text('topic')}:${uuid(digest)}`;
      return { id: own, arn: own, ownerId: own.split(':')[4], pendingConfirmation: true };
    },
  },
  'aws:sqs/queue:Queue': {
    naming: 'name',
    longest: 80,
    answer: ({ name, region, arn }) => {
      const own = arn('sqs', name);
      const url = `https://sqs.${region}.amazonaws.com/${own.split(':')[4]}/${name}`;
      return { id: url, url, arn: own };
    },
  },
  'aws:sqs/queuePolicy:QueuePolicy': settingOf('queueUrl'),

  'aws:sfn/stateMachine:StateMachine': {
    naming: 'name',
    longest: 80,
    answer: ({ name, arn }) => {
      const own = arn('states', `stateMachine:${name}`);
      return { id: own, arn: own, status: 'ACTIVE' };
    },
  },
  'aws:cloudwatch/eventRule:EventRule': {
    naming: 'name',
    longest: 64,
    answer: ({ name, arn }) => ({ id: name, arn: arn('events', `rule/${name}`) }),
  },
  'aws:cloudwatch/eventTarget:EventTarget': {
    answer: ({ text, digest }) => {
      const targetId = text('targetId') || `terraform-${digest.slice(0, 26)}`;
      return { id: `${text('rule')}-${targetId}`, targetId };
    },
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    naming: 'name',
    longest: 512,
    answer: ({ name, arn }) => ({ id: name, arn: arn('logs', `log-group:${name}`) }),
  },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    naming: 'name',
    answer: ({ name, arn }) => ({ id: name, arn: arn('cloudwatch', `alarm:${name}`) }),
  },
  'aws:xray/samplingRule:SamplingRule': {
    naming: 'ruleName',
    longest: 32,
    answer: ({ name, arn }) => ({ id: name, arn: arn('xray', `sampling-rule/${name}`) }),
  },
  'aws:cloudwatch/dashboard:Dashboard': {
    naming: 'dashboardName',
    answer: ({ name, arn }) => ({
      id: name,
      dashboardArn: arn('cloudwatch', `dashboard/${name}`, ''),
    }),
  },
};
