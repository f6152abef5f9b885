import * as aws from '@pulumi/aws';

const zones = await aws.getAvailabilityZones();

export const count = zones.names.length;
