import { contradictionsOf, originsOf, valueOfText } from '@file-upload/shared-types';
import { Check, Default, Errors } from 'typebox/value';
import {
  keyOf,
  mostProvisioned,
  PROJECT,
  ruleOf,
  SECRETS,
  SETTING_NAMES,
  Settings,
  stackNameProblem,
  type SettingName,
} from './settings.ts';
import { VARIABLES } from './variables.ts';

/** Configuration that cannot be used: the message has a line for each key, with its rule. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads and checks the configuration of a stack.
 *
 * @param stack its name, which is part of the names of what it makes
 * @param config by full keys, such as `file-upload:protect`
 * @throws SettingsError that names every key that cannot be used, and its rule
 */
export function readSettings(stack: string, config: Readonly<Record<string, string>>): Settings {
  const nameProblem = stackNameProblem(stack);
  const problems = nameProblem === undefined ? [] : [nameProblem];
  const known = new Set(SETTING_NAMES.map(keyOf));
  for (const key of Object.keys(config)) {
    if (key.startsWith(`${PROJECT}:`) && !known.has(key)) {
      problems.push(`${key} is no key of this project. Its keys are ${[...known].join(', ')}.`);
    }
  }
  const set = SETTING_NAMES.flatMap((name) => {
    const text = config[keyOf(name)];
    return text === undefined
      ? []
      : [[name, valueOfText(Settings.properties[name], text)] as const];
  });
  const settings = Default(Settings, Object.fromEntries(set));
  const wrong = new Map(
    Errors(Settings, settings).map(({ instancePath, keyword, message }) => [
      instancePath.split('/')[1] as SettingName,
      // What is wrong within a list; else the rule says it all.
      keyword === '~refine' ? `It ${message}. ` : '',
    ]),
  );
  for (const [name, problem] of wrong) {
    problems.push(refusal(name, config[keyOf(name)], problem + ruleOf(name)));
  }
  if (Check(Settings, settings)) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return asCompared(settings as Settings);
}

/** With the origins as browsers send them: S3 compares them as they are. */
function asCompared(settings: Settings): Settings {
  return { ...settings, allowedOrigins: [originsOf(settings.allowedOrigins)].flat().join(',') };
}

function refusal(name: SettingName, value: unknown, rule: string): string {
  const shown = SECRETS.includes(name) ? 'what it is set to' : JSON.stringify(value);
  return `${keyOf(name)} cannot be ${shown}. ${rule}`;
}

/** What each setting allows and all of them together do not. */
function contradictions(settings: Settings): string[] {
  const { provisionedConcurrency: least, reservedConcurrency: reserved } = settings;
  const most = settings.maxProvisionedConcurrency;
  const rules: [broken: boolean, name: SettingName, rule: string][] = [
    [
      settings.domainName !== undefined && settings.certificateArn === undefined,
      'domainName',
      `It needs ${keyOf('certificateArn')}.`,
    ],
    [
      settings.certificateArn !== undefined && settings.domainName === undefined,
      'certificateArn',
      `It needs ${keyOf('domainName')}.`,
    ],
    [
      settings.certificateArn !== undefined &&
        settings.certificateArn.split(':')[3] !== settings.region,
      'certificateArn',
      `It must be in the same region as the API, ${settings.region}.`,
    ],
    [
      most !== undefined && (least === undefined || most < least),
      'maxProvisionedConcurrency',
      `It must be at least ${keyOf('provisionedConcurrency')}.`,
    ],
    [
      reserved !== undefined && least !== undefined && reserved < mostProvisioned(settings),
      'reservedConcurrency',
      'It must be at least the provisioned concurrency under load.',
    ],
  ];
  const ofVariables = contradictionsOf(
    {
      ALLOWED_ORIGINS: settings.allowedOrigins,
      ALLOW_CREDENTIALS: settings.allowCredentials,
      DEFAULT_VISIBILITY: settings.defaultVisibility,
      PUBLIC_READ: settings.publicRead,
    },
    (key) => keyOf(VARIABLES[key]),
  );
  return [
    ...ofVariables.map(({ key, rule }) => [VARIABLES[key], rule] as const),
    ...rules.flatMap(([broken, name, rule]) => (broken ? [[name, rule] as const] : [])),
  ].map(([name, rule]) => refusal(name, settings[name], rule));
}
