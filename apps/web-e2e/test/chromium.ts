import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * The path of a Chromium: `CHROMIUM_PATH`, or the first that is on `PATH`.
 *
 * @throws an Error that says what to install
 */
export function findChromium(env: NodeJS.ProcessEnv): string {
  const { CHROMIUM_PATH, PATH = '' } = env;
  if (CHROMIUM_PATH) {
    if (isExecutable(CHROMIUM_PATH)) return CHROMIUM_PATH;
    throw new Error(`CHROMIUM_PATH=${CHROMIUM_PATH} is not a program. Set it to a Chromium.`);
  }
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(
    isExecutable,
  );
  if (found) return found;
  throw new Error(
    `No Chromium is on the PATH (${NAMES.join(', ')}). Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to one.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
