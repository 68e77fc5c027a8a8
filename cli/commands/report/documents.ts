import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { frontierToMarkdown, measuredWhere, recordsToMarkdown } from '../../../src/lab/results/export';
import type { LabRecord } from '../../../src/lab/results/record';
import { writeWhole } from '../../../src/platform/node/writeFile';

const BEGIN = '<!-- results: written by `npm run report`, do not edit -->';
const END = '<!-- /results -->';

/**
 * Puts where and when, then the tables between the markers: all of them in docs/results.md, the short one in README.md.
 * @throws LabError bad-file when markers are gone; nothing is written then
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

/** The document with the text between the markers replaced. @throws LabError bad-file when the markers are gone */
function withResults(name: string, text: string, results: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin >= 0 && end > begin)
    return `${text.slice(0, begin + BEGIN.length)}\n\n${results}\n${text.slice(end)}`;
  throw new LabError(
    'bad-file',
    `${name} has no place for results.`,
    `Put back the lines ${BEGIN} and ${END}.`,
  );
}
