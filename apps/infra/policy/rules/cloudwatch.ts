import { isGiven, resourceRule } from '../rule.ts';

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm';
const LOG_GROUP = 'aws:cloudwatch/logGroup:LogGroup';
const YEAR_DAYS = 365;

/** Alarms and logs. */
export const resourceRules = [
  resourceRule({
    name: 'alarm-tells-somebody',
    description: 'An alarm does something when it goes off.',
    controls: ['CloudWatch.15'],
    types: [ALARM],
    check: ({ alarmActions }) => (alarmActions?.length ? undefined : 'It does nothing.'),
  }),
  resourceRule({
    name: 'alarm-on',
    description: 'The actions of an alarm are on.',
    controls: ['CloudWatch.17'],
    types: [ALARM],
    check: ({ actionsEnabled = true }) => (actionsEnabled ? undefined : 'They are off.'),
  }),
  resourceRule({
    name: 'logs-end',
    description: 'A log group says how long it keeps logs.',
    types: [LOG_GROUP],
    check: ({ retentionInDays }) => (retentionInDays ? undefined : 'It keeps them for ever.'),
  }),
  resourceRule({
    name: 'logs-for-a-year',
    description: 'A log group keeps logs for a year.',
    controls: ['CloudWatch.16'],
    types: [LOG_GROUP],
    // None, and 0, is for ever.
    check: ({ retentionInDays }) =>
      retentionInDays && retentionInDays < YEAR_DAYS ? 'It keeps them for less.' : undefined,
  }),
  resourceRule({
    name: 'logs-encryption',
    description: 'A log group is encrypted with a key of this account.',
    types: [LOG_GROUP],
    check: (props) =>
      isGiven(props, 'kmsKeyId') ? undefined : 'It is encrypted with a key of AWS.',
  }),
];
