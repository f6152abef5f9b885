/** Appends to a notification log until it is killed, and says which messages were: `<file>`. */
import { writeSync } from 'node:fs';
import { openNotificationLog } from '../src/notification-log.ts';

const log = await openNotificationLog(process.argv[2] ?? '');
for (let n = 0; ; n++) {
  await log.append({ n });
  writeSync(1, `${n}\n`);
}
