import { mediaType } from './content-type.ts';

/**
 * Which media types may be stored, by patterns in any case: one type, all of a kind (`image` and an
 * asterisk), or everything (two asterisks). What is denied is denied even where it is allowed too.
 */
export interface TypeRules {
  /** Empty: everything. */
  allowed: readonly string[];
  denied: readonly string[];
}

/**
 * A sentence for people when a type may not be stored, else undefined. The parameters and the case
 * of the type do not matter; other names for one format are types of their own.
 */
export function typeProblem(rules: TypeRules, contentType: string): string | undefined {
  const type = mediaType(contentType);
  const matches = (pattern: string) => matchesPattern(mediaType(pattern), type);
  if (rules.denied.some(matches)) return `Files of type ${type} are not accepted.`;
  if (rules.allowed.length === 0 || rules.allowed.some(matches)) return undefined;
  return `Files of type ${type} are not accepted. Accepted are ${rules.allowed.join(', ')}.`;
}

function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === '*/*' || pattern === type) return true;
  return pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1));
}
