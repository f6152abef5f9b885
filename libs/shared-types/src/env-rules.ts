import type { Env } from './env.ts';
import { originsOf } from './origin-list.ts';

/**
 * The number or the boolean that a text stands for, where a schema asks for one; else the text.
 * No number of ours has more than 15 digits: all of these are exact.
 */
export function valueOfText(schema: object, text: string): unknown {
  const { type } = schema as { type?: string };
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** The variables of which some values forbid one another. */
export type DependentEnv = Pick<
  Env,
  'ALLOWED_ORIGINS' | 'ALLOW_CREDENTIALS' | 'DEFAULT_VISIBILITY' | 'PUBLIC_READ'
>;

/**
 * What each variable allows and all of them together do not.
 *
 * @param nameOf what those who set a variable call it
 * @returns the variable to set otherwise, and its rule
 */
export function contradictionsOf(
  env: DependentEnv,
  nameOf: (key: keyof DependentEnv) => string = (key) => key,
): { key: keyof DependentEnv; rule: string }[] {
  const rules: [broken: boolean, key: keyof DependentEnv, rule: string][] = [
    [
      env.ALLOW_CREDENTIALS && originsOf(env.ALLOWED_ORIGINS) === '*',
      'ALLOW_CREDENTIALS',
      `Browsers refuse credentials where ${nameOf('ALLOWED_ORIGINS')} has *: name the origins.`,
    ],
    [
      env.DEFAULT_VISIBILITY === 'public' && !env.PUBLIC_READ,
      'DEFAULT_VISIBILITY',
      `It must be private where ${nameOf('PUBLIC_READ')} is false.`,
    ],
  ];
  return rules.flatMap(([broken, key, rule]) => (broken ? [{ key, rule }] : []));
}
