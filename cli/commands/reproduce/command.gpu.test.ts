import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { terminal } from '../../../src/testing/terminal';
import { main as sweep } from '../sweep/command';
import { reproduce } from './command';
import type { ComparedField } from './compare';
import { parseReproduce } from './options';

const out = mkdtempSync(join(tmpdir(), 'reproduce-'));
afterAll(() => rmSync(out, { recursive: true }));
const written = terminal();

const CODECS = ['rtn(bits=8,group=row)', 'nf4(block=64)'];

test('the short form of --quick: two codecs of its first target measure again what the documents show', async () => {
  const [quick] = parseReproduce(['--quick']).targets;
  const target = { ...quick, command: [...quick.command, '--codec', CODECS.join(';')] };
  const noBrowser = { openPage: () => expect.unreachable() };
  const run = ([, ...args]: readonly string[]) => sweep(args, noBrowser);
  await reproduce({ targets: [target], out }, run, new AbortController().signal);
  const [{ differences }] = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    differences: ComparedField[];
  }[];
  // Only the codecs that the short form leaves out differ: they have no row.
  expect(differences.filter(({ found }) => found !== 'none')).toEqual([]);
  expect(differences.length, written.stdout).toBeGreaterThan(0);
  const compared = readFileSync(join(out, 'differences.csv'), 'utf8').split('\r\n');
  for (const codec of CODECS) {
    expect(differences.map(({ row }) => row)).not.toContain(`\`${codec}\``);
    expect(
      compared.filter((line) => line.includes(codec) && /,(exact|measured),true,/.test(line)).length,
    ).toBeGreaterThan(8);
  }
});
