import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { claimsDocument } from '../../../src/lab/studies/claims/document';
import { CLAIMS, ledgerRows, verdictCounts } from '../../../src/lab/studies/claims/ledger';
import { projectFolder } from '../../../src/platform/node/paths';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { CLAIMS_HELP, parseClaims } from './options';

/** Where the page's copy of the ledger lies; it is loaded when a visitor opens the section. */
const LEDGER = 'src/lab/studies/claims/ledger.json';
const DOCUMENT = 'docs/claims.md';
const COMPARISON = 'docs/tables/comparison.md';

/** Runs `npm run claims`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: CLAIMS_HELP, parse: parseClaims, execute: writeClaims }, args);
}

async function writeClaims(isCheck: boolean): Promise<number> {
  const read = (path: string) => readFile(join(projectFolder(), path), 'utf8');
  const rows = await ledgerRows(CLAIMS, read);
  const comparison = (await read(COMPARISON)).replace(/^# .*\n+/, '').replace(/^## /gm, '### ');
  const files = new Map([
    [DOCUMENT, claimsDocument(rows, comparison)],
    [LEDGER, `${JSON.stringify(rows, null, 2)}\n`],
  ]);
  if (isCheck) await check(files, read);
  else for (const [path, text] of files) await writeWhole(join(projectFolder(), path), text);
  const counts = verdictCounts(rows).map(([verdict, count]) => `${count} ${verdict}`);
  process.stdout.write(`${rows.length} claims: ${counts.join(', ')}.\n`);
  return 0;
}

/** @throws LabError bad-input naming the first file and line that differ */
async function check(
  files: ReadonlyMap<string, string>,
  read: (path: string) => Promise<string>,
): Promise<void> {
  for (const [path, text] of files) {
    const [committed, expected] = [await read(path).catch(() => ''), text].map((each) => each.split('\n'));
    const line = expected.findIndex((each, i) => each !== committed[i]);
    if (line < 0 && committed.length === expected.length) continue;
    throw new LabError(
      'bad-input',
      `${path} differs from what the results say, from line ${(line < 0 ? expected.length : line) + 1} on.`,
      'Run `npm run claims` and check the diff.',
    );
  }
}
