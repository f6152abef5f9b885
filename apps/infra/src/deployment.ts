import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from './settings.ts';

/** What every part of a deployment is given. */
export interface Deployment {
  settings: Settings;
  region: string;
  accountId: pulumi.Output<string>;
  /**
   * What the names of its log groups start with. AWS's services deliver logs to groups under
   * /aws/vendedlogs without a resource policy for each, of which an account has ten.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
   */
  logs: string;
}
