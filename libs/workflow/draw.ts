/**
 * Draws the state machine into docs/architecture.md, or with `--check` says whether the drawing
 * there is that of the definition.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateMachineDefinition } from './src/definition.ts';
import { stateDiagram } from './src/state-diagram.ts';

const PAGE = join(import.meta.dirname, '../../docs/architecture.md');
const BEGIN = '<!-- Drawn by `npx nx run workflow:draw`. -->';
const END = '<!-- End of the drawing. -->';

const page = await readFile(PAGE, 'utf8');
const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
if (begin < 0 || end < begin) throw new Error(`${PAGE} has no place for the drawing.`);

const definition = stateMachineDefinition({
  functionArn: 'function',
  topicArn: 'topic',
  queueUrl: 'queue',
});
const drawing = `${BEGIN}\n\n\`\`\`mermaid\n${stateDiagram(definition)}\n\`\`\`\n\n`;
const drawn = page.slice(0, begin) + drawing + page.slice(end);

if (!process.argv.includes('--check')) await writeFile(PAGE, drawn);
else if (drawn !== page) {
  console.error(
    'The state machine in docs/architecture.md is stale. Run: npx nx run workflow:draw',
  );
  process.exitCode = 1;
}
