import { describeReport, emptyReport } from './reindex-report.ts';

test('a report is aligned lines', () => {
  const report = {
    ...emptyReport(true),
    objects: 1200,
    rows: 3,
    examined: 12,
    valid: 11,
    invalid: 1,
  };
  expect(describeReport(report)).toBe(`\
Objects               1200
Rows                     3
Rows rebuilt             0
Files examined          12  (11 valid, 1 invalid)
Rows corrected           0
Rows without object      0
Deletions finished       0
Reservations removed     0
Failures                 0
This was a dry run: nothing was written.`);
});
