import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { terminal } from '../../../src/testing/terminal';
import { main } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-data-delta-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const written = terminal();

const TEXT = 'a text that is long enough to be worth a reference';
writeFileSync(at('base.jsonl'), `{"id":1,"text":"${TEXT}"}\n{"id":2,"text":"${TEXT}"}\n`);
writeFileSync(at('derived.jsonl'), `{"id":2,"text":"${TEXT}!"}\r\n{"id":3}`);

test('make writes a delta, and apply restores the file to the byte', async () => {
  const make = ['make', '--base', at('base.jsonl'), '--derived', at('derived.jsonl'), '--out', at('delta')];
  expect(await main(make)).toBe(0);
  expect(written.stdout).toContain('2 rows by "id": 0 same, 1 modified, 1 new, 1 deleted');
  expect(written.stdout).toContain('no gain');
  expect(written.stdout).toMatch(/Sparse as published would store .* and restore 1 rows wrongly/);
  expect(await main(['apply', '--base', at('base.jsonl'), at('delta'), '--out', at('restored.jsonl')])).toBe(
    0,
  );
  expect(readFileSync(at('restored.jsonl'))).toEqual(readFileSync(at('derived.jsonl')));
});

test('rows without an id are matched by content, and the command says why', async () => {
  writeFileSync(at('plain.jsonl'), '{"text":"a"}\n');
  const make = [
    'make',
    '--base',
    at('plain.jsonl'),
    '--derived',
    at('plain.jsonl'),
    '--out',
    at('plain.delta'),
  ];
  expect(await main(make)).toBe(0);
  expect(written.stderr).toContain('Line 1 of plain.jsonl has no field "id".');
  expect(await main([...make, '--key', 'id'])).toBe(1);
});

test('the examples are restored exactly, and leave no files', async () => {
  expect(await main(['examples', '--rows', '40'])).toBe(0);
  expect(written.stdout).toMatch(/\| filtered subset: .*\| 96\.8 %/);
  expect(readdirSync(root).sort()).toEqual(
    ['base.jsonl', 'delta', 'derived.jsonl', 'plain.delta', 'plain.jsonl', 'restored.jsonl'].sort(),
  );
});

test.each([
  [[], /sub-command \(make, apply or examples\) is missing/],
  [['diff'], /There is no "data-delta diff"/],
  [['make', '--base', 'a.jsonl'], /--derived is missing/],
  [['apply', '--base', 'a.jsonl', '--out', 'b'], /DELTA is missing/],
  [['examples', '--rows', 'many'], /--rows cannot be "many"/],
])('wrong use %j ends with exit code 2', async (args, message) => {
  expect(await main(args)).toBe(2);
  expect(written.stderr).toMatch(message);
});
