import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleRecord } from '../../../src/testing/sampleRecord';
import type { LabRecord } from '../../../src/lab/results/record';
import { diagramOf, writeDocuments } from './documents';

const DOCUMENT = `# Title\n<!-- results: written by \`npm run report\`, do not edit -->\nold\n<!-- /results -->\nafter\n`;
const NAMES = ['docs/results.md', 'README.md'];

let folder: string;
const write = (name: string, text: string) => writeFile(join(folder, name), text);
const read = (name: string) => readFile(join(folder, name), 'utf8');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  await mkdir(join(folder, 'docs'));
  for (const name of NAMES) await write(name, DOCUMENT);
});
afterEach(() => rm(folder, { recursive: true }));

test.each(NAMES)('%s: replaces the text between the markers and nothing else', async (name) => {
  await writeDocuments(folder, [sampleRecord()]);
  const text = await read(name);
  expect(text).not.toContain('old');
  expect(text).toMatch(/^# Title\n/);
  expect(text).toContain('`rtn(bits=4,group=32)`');
  expect(text).toMatch(/\n<!-- \/results -->\nafter\n$/);
  await writeDocuments(folder, [sampleRecord()]);
  expect(await read(name)).toBe(text);
});

test('the committed diagram is that of the published records', async () => {
  const records = JSON.parse(await readFile('public/examples/records.json', 'utf8')) as LabRecord[];
  expect(await readFile('docs/speed-and-storage.svg', 'utf8')).toBe(diagramOf(records));
});

test.each(NAMES)('refuses %s without the markers and overwrites nothing', async (name) => {
  await write(name, '# Title\n');
  await expect(writeDocuments(folder, [sampleRecord()])).rejects.toThrow(`${name} has no place for results`);
  for (const each of NAMES) expect(await read(each)).toBe(each === name ? '# Title\n' : DOCUMENT);
});
