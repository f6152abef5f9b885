import { randomBytes } from 'node:crypto';
import type * as pulumi from '@pulumi/pulumi';
import type { Clients } from './clients.ts';
import type { Edge } from './edge.ts';

/** What a function of this folder is asked to make. `Args` are the resource's in Pulumi. */
export interface Request<Args> {
  /** The logical name. */
  name: string;
  inputs: pulumi.Unwrap<Args>;
  /** The resource's own and the default tags of its provider. */
  tags: Record<string, string>;
  region: string;
  accountId: string;
  aws: Clients;
  edge: Edge;
}

/** What was made: its id and computed outputs, as Pulumi's AWS provider names them. */
export interface Made {
  id: string;
  outputs: Record<string, unknown>;
}

export type Make<Args> = (request: Request<Args>) => Promise<Made>;

/**
 * The name of a resource whose inputs give none, as Pulumi's AWS provider makes it.
 *
 * @param limit characters that AWS allows
 * @throws Error where the name would be longer
 * @see https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
 */
export function physicalName({ name }: { name: string }, limit: number): string {
  const made = `${name}-${randomBytes(4).toString('hex').slice(0, 7)}`;
  if (made.length > limit) throw new Error(`the name ${made} has more than ${limit} characters`);
  return made;
}

/** Tags as a list, which most services take. */
export function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
