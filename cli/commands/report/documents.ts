import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { frontierToMarkdown, measuredWhere, recordsToMarkdown } from '../../../src/lab/results/export';
import type { LabRecord } from '../../../src/lab/results/record';
import { writeWhole } from '../../../src/platform/node/writeFile';

const BEGIN = '<!-- results: written by `npm run report`, do not edit -->';
const END = '<!-- /results -->';

/**
 * Writes where and when the records were measured, and their tables, between the markers: all tables to docs/results.md, the
 * table of the frontier to README.md.
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
  for (const [name, text] of texts) await writeWhole(join(folder, name), text);
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
