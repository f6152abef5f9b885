import { translate } from './errors.ts';

/** The answer to a conditional write; undefined when its condition did not hold. */
export async function conditional<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return undefined;
    throw translate(error);
  }
}
