import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Failure } from './failure.ts';

/**
 * Looks for AWS credentials where the SDKs do: before anything is made, and before Pulumi answers
 * with pages. The SDK reads the environment and the profile's files itself.
 *
 * @param profile AWS_PROFILE, only to be named in the message
 * @throws Failure that says what to set
 */
export async function requireCredentials(profile: string | undefined): Promise<void> {
  try {
    await defaultProvider()();
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split('\n');
    const owner = profile ? ` for the profile ${JSON.stringify(profile)}` : '';
    throw new Failure(
      `There are no AWS credentials${owner} (${reason.replace(/\.$/, '')}). Set AWS_PROFILE to a profile of "aws configure" or "aws sso login", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause },
    );
  }
}
