import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/formats/safetensors/read';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from '../compress/command';
import { main as decompress } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-base-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const written = terminal();
const MODEL = 'public/models/stories260K';
const BASE = ['--base', 'stories260K'];
const CPU = ['--compute', 'cpu'];

test('the difference of a model from itself is zero, which 2 bits restore exactly, and only with the base', async () => {
  const codec = ['--codec', 'delta(rtn(bits=2))', '--rest', 'float32'];
  const file = at('delta.safetensors');
  expect(await compress(['--model', 'stories260K', ...BASE, ...codec, '--out', file, ...CPU])).toBe(0);
  expect(await decompress([file, '--out', at('none'), ...CPU])).toBe(1);
  expect(written.stderr).toContain('holds the difference from stories260K');
  expect(await decompress([file, ...BASE, '--out', at('restored'), ...CPU])).toBe(0);
  const [restored, own] = [at('restored'), MODEL].map(
    (folder) => parseSafetensors(readFileSync(join(folder, 'model.safetensors'))).tensors,
  );
  expect([...restored.keys()].sort()).toEqual([...own.keys()].sort());
  for (const [name, { bytes }] of own) expect(Buffer.compare(restored.get(name)!.bytes, bytes), name).toBe(0);
});

test('a base is refused where nothing is a difference from it', async () => {
  const file = at('plain.safetensors');
  const plain = ['--model', 'stories260K', '--codec', 'rtn(bits=8)', '--out', file, ...CPU];
  expect(await compress([...plain, ...BASE])).toBe(2);
  expect(written.stderr).toContain('nothing that is a difference from it');
  expect(await compress(plain)).toBe(0);
  for (const source of [file, MODEL])
    expect(await decompress([source, ...BASE, '--out', at('refused'), ...CPU])).toBe(2);
  expect(written.stderr.match(/Leave out --base\./g)).toHaveLength(2);
});
