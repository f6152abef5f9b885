/**
 * The process that fetches the Pulumi CLI: the installer of the npm package blocks until it is done,
 * so in the process of the command nobody would hear a key press.
 *
 *     node install-pulumi.ts <version> <folder>
 */
import { createRequire } from 'node:module';

const { installCLI } = createRequire(import.meta.url)('pulumi/lib/download') as {
  installCLI: (version: string, root: string) => Promise<void>;
};
const [version = '', root = ''] = process.argv.slice(2);

try {
  await installCLI(version, root);
} catch (error) {
  const { message, cause } = error as Error;
  // "fetch failed" has its reason in its cause.
  process.send?.(cause instanceof Error ? cause.message || message : message);
  process.exitCode = 1;
}
