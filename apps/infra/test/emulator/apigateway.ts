import {
  CreateApiCommand,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  type EndpointType,
  type IntegrationType,
  type ProtocolType,
  type SecurityPolicy,
} from '@aws-sdk/client-apigatewayv2';
import type * as aws from '@pulumi/aws';
import { physicalName, type Make } from './request.ts';

export const api: Make<aws.apigatewayv2.ApiArgs> = async (request) => {
  const { inputs, tags, region, accountId, edge } = request;
  const Name = inputs.name ?? physicalName(request, 128);
  const { ApiId = '' } = await request.aws.apigateway.send(
    new CreateApiCommand({
      Name,
      ProtocolType: inputs.protocolType as ProtocolType,
      Description: inputs.description,
      Tags: tags,
    }),
  );
  return {
    id: ApiId,
    outputs: {
      name: Name,
      arn: `arn:aws:apigateway:${region}::/apis/${ApiId}`,
      apiEndpoint: await edge.serveApi(ApiId),
      executionArn: `arn:aws:execute-api:${region}:${accountId}:${ApiId}`,
    },
  };
};

export const stage: Make<aws.apigatewayv2.StageArgs> = async (request) => {
  const { inputs, tags } = request;
  const { accessLogSettings: log, defaultRouteSettings: settings } = inputs;
  const StageName = inputs.name ?? physicalName(request, 128);
  await request.aws.apigateway.send(
    new CreateStageCommand({
      ApiId: inputs.apiId,
      StageName,
      AutoDeploy: inputs.autoDeploy,
      DefaultRouteSettings: settings && {
        ThrottlingRateLimit: settings.throttlingRateLimit,
        ThrottlingBurstLimit: settings.throttlingBurstLimit,
        DetailedMetricsEnabled: settings.detailedMetricsEnabled,
      },
      AccessLogSettings: log && { DestinationArn: log.destinationArn, Format: log.format },
      Tags: tags,
    }),
  );
  return { id: StageName, outputs: { name: StageName } };
};

export const integration: Make<aws.apigatewayv2.IntegrationArgs> = async ({ inputs, aws }) => {
  const { IntegrationId = '' } = await aws.apigateway.send(
    new CreateIntegrationCommand({
      ApiId: inputs.apiId,
      IntegrationType: inputs.integrationType as IntegrationType,
      IntegrationUri: inputs.integrationUri,
      IntegrationMethod: inputs.integrationMethod,
      PayloadFormatVersion: inputs.payloadFormatVersion,
      TimeoutInMillis: inputs.timeoutMilliseconds,
    }),
  );
  return { id: IntegrationId, outputs: {} };
};

export const route: Make<aws.apigatewayv2.RouteArgs> = async ({ inputs, aws }) => {
  const { RouteId = '' } = await aws.apigateway.send(
    new CreateRouteCommand({
      ApiId: inputs.apiId,
      RouteKey: inputs.routeKey,
      Target: inputs.target,
    }),
  );
  return { id: RouteId, outputs: {} };
};

export const domainName: Make<aws.apigatewayv2.DomainNameArgs> = async ({ inputs, tags, aws }) => {
  const { domainName: DomainName, domainNameConfiguration: configuration } = inputs;
  const { DomainNameConfigurations = [] } = await aws.apigateway.send(
    new CreateDomainNameCommand({
      DomainName,
      DomainNameConfigurations: [
        {
          CertificateArn: configuration.certificateArn,
          EndpointType: configuration.endpointType as EndpointType,
          SecurityPolicy: configuration.securityPolicy as SecurityPolicy,
        },
      ],
      Tags: tags,
    }),
  );
  const targetDomainName = DomainNameConfigurations[0]?.ApiGatewayDomainName;
  return {
    id: DomainName,
    outputs: { domainNameConfiguration: { ...configuration, targetDomainName } },
  };
};

export const apiMapping: Make<aws.apigatewayv2.ApiMappingArgs> = async ({ inputs, aws }) => {
  const { ApiMappingId = '' } = await aws.apigateway.send(
    new CreateApiMappingCommand({
      ApiId: inputs.apiId,
      DomainName: inputs.domainName,
      Stage: inputs.stage,
    }),
  );
  return { id: ApiMappingId, outputs: {} };
};
