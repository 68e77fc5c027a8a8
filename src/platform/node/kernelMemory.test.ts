import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fileKernelMemory } from './kernelMemory';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-kernels-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('choices outlast the process, also those of two at a time', () => {
  const path = join(folder, 'new', 'kernels.json');
  const [one, two] = [fileKernelMemory(path), fileKernelMemory(path)];
  one.set('a', 'tiled');
  two.set('b', 'row');
  const later = fileKernelMemory(path);
  expect([later.get('a'), later.get('b'), later.get('c')]).toEqual(['tiled', 'row', undefined]);
});

test.each(['', '[', '{"a": 1}', 'null'])('a file that holds %o counts as empty', (text) => {
  const path = join(folder, 'bad.json');
  writeFileSync(path, text);
  expect(fileKernelMemory(path).get('a')).toBeUndefined();
});

test('a folder that cannot be written is no error', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const memory = fileKernelMemory(join(file, 'kernels.json'));
  memory.set('a', 'tiled');
  expect(memory.get('a')).toBe('tiled');
});
