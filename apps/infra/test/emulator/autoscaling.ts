import {
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  type MetricType,
  type PolicyType,
  type ScalableDimension,
  type ServiceNamespace,
} from '@aws-sdk/client-application-auto-scaling';
import type * as aws from '@pulumi/aws';
import { physicalName, type Make } from './request.ts';

export const scalableTarget: Make<aws.appautoscaling.TargetArgs> = async (request) => {
  const { inputs, tags } = request;
  await request.aws.autoscaling.send(
    new RegisterScalableTargetCommand({
      ServiceNamespace: inputs.serviceNamespace as ServiceNamespace,
      ScalableDimension: inputs.scalableDimension as ScalableDimension,
      ResourceId: inputs.resourceId,
      MinCapacity: inputs.minCapacity,
      MaxCapacity: inputs.maxCapacity,
      Tags: tags,
    }),
  );
  return { id: inputs.resourceId, outputs: {} };
};

export const scalingPolicy: Make<aws.appautoscaling.PolicyArgs> = async (request) => {
  const { inputs } = request;
  const PolicyName = inputs.name ?? physicalName(request, 256);
  const tracking = inputs.targetTrackingScalingPolicyConfiguration;
  const metric = tracking?.predefinedMetricSpecification;
  await request.aws.autoscaling.send(
    new PutScalingPolicyCommand({
      PolicyName,
      PolicyType: inputs.policyType as PolicyType,
      ServiceNamespace: inputs.serviceNamespace as ServiceNamespace,
      ScalableDimension: inputs.scalableDimension as ScalableDimension,
      ResourceId: inputs.resourceId,
      TargetTrackingScalingPolicyConfiguration: tracking && {
        TargetValue: tracking.targetValue,
        PredefinedMetricSpecification: metric && {
          PredefinedMetricType: metric.predefinedMetricType as MetricType,
        },
      },
    }),
  );
  return { id: PolicyName, outputs: { name: PolicyName } };
};
