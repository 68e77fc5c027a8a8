import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { frontierToMarkdown, measuredWhere, recordsToMarkdown } from '../../../src/lab/results/export';
import type { LabRecord } from '../../../src/lab/results/record';
import { speedSvg } from '../../../src/lab/results/speedSvg';
import { writeWhole } from '../../../src/platform/node/writeFile';

const BEGIN = '<!-- results: written by `npm run report`, do not edit -->';
const END = '<!-- /results -->';

/** The picture of speed and storage, which docs/results.md shows. */
const DIAGRAM = 'docs/speed-and-storage.svg';

/**
 * Writes where and when the records were measured, and their tables, between the markers: all tables to docs/results.md, the
 * table of the frontier to README.md; and the diagram of speed and storage.
 * @throws LabError bad-file if a document lacks the markers; nothing is written then
 */
export async function writeDocuments(folder: string, records: readonly LabRecord[]): Promise<void> {
  const tables = new Map([
    ['docs/results.md', recordsToMarkdown(records)],
    ['README.md', frontierToMarkdown(records)],
  ]);
  const texts = new Map<string, string>();
  for (const [name, table] of tables) {
    const text = await readFile(join(folder, name), 'utf8');
    texts.set(name, withResults(name, text, `${measuredWhere(records)}\n\n${table}`));
  }
  texts.set(DIAGRAM, diagramOf(records));
  for (const [name, text] of texts) await writeWhole(join(folder, name), text);
}

/** Draws speed and storage of the largest model. */
export function diagramOf(records: readonly LabRecord[]): string {
  const { model } = records.reduce((a, b) => (b.model.parameters > a.model.parameters ? b : a));
  const own = records.filter((record) => record.model.id === model.id);
  return speedSvg(`${model.id}: what codecs store, and how fast the restored model runs`, own);
}

/** Returns the document with the text between the markers replaced. @throws LabError bad-file if it lacks the markers */
function withResults(name: string, text: string, results: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin >= 0 && end > begin)
    return `${text.slice(0, begin + BEGIN.length)}\n\n${results}\n${text.slice(end)}`;
  throw new LabError(
    'bad-file',
    `${name} has no place for results.`,
    `Restore the lines ${BEGIN} and ${END}.`,
  );
}
