import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hubNames } from './names';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('returns each hub model in the arguments once', () => {
  const plan = join(folder, 'plan.json');
  writeFileSync(plan, JSON.stringify([{ model: 'a/one' }, { model: 'stories260K' }, null, { codec: 'nf4' }]));
  expect(hubNames(['--codec', 'nf4', '--model', 'a/two@v1', '--windows', '2'])).toEqual(['a/two@v1']);
  expect(hubNames(['--model=a/two', '--model', 'a/two'])).toEqual(['a/two']);
  expect(hubNames(['--file', 'a/two; b/three ', '--file=x.gguf'])).toEqual(['a/two', 'b/three']);
  expect(hubNames(['--plan', plan])).toEqual(['a/one']);
});

test('omits embedded models, existing paths and invalid names', () => {
  const here = process.cwd();
  mkdirSync(join(folder, 'owner/name'), { recursive: true });
  process.chdir(folder);
  try {
    for (const name of ['stories260K', 'owner/name', 'owner/model.gguf', '/owner/name', 'a/b/c', '../a'])
      expect(hubNames(['--model', name])).toEqual([]);
    expect(hubNames(['--model', 'owner/other'])).toEqual(['owner/other']);
  } finally {
    process.chdir(here);
  }
});

test('ignores invalid arguments', () => {
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, '{"model": "a/b"');
  for (const args of [['--model'], ['--plan', broken], ['--plan', 'all-codecs'], ['--plan', folder]])
    expect(hubNames(args)).toEqual([]);
});
