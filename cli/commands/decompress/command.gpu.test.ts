import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/formats/safetensors/read';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from '../compress/command';
import { main as decompress } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-decompress-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const SOFTWARE = ['--adapter', 'software'];

const written = terminal();

test('a file that is not an artefact ends with exit code 1', async () => {
  const file = join(process.cwd(), 'package.json');
  expect(await decompress([file, '--out', at('none'), ...SOFTWARE])).toBe(1);
  expect(written.stderr.trim().split('\n').length).toBe(2);
});

test('an artefact with a damaged tensor ends with exit code 1 and leaves no files', async () => {
  const file = at('damaged.safetensors');
  const model = ['--model', 'stories260K', '--codec', 'rtn-float32(bits=4)', ...SOFTWARE];
  expect(await compress([...model, '--out', file])).toBe(0);
  const bytes = readFileSync(file);
  const { tensors } = parseSafetensors(bytes);
  tensors.get('model.layers.4.mlp.down_proj.weight.scales')!.bytes.fill(0xff);
  writeFileSync(file, bytes);
  mkdirSync(at('kept'));
  for (const out of ['new/deep', 'kept']) {
    expect(await decompress([file, '--out', at(out), ...SOFTWARE])).toBe(1);
    expect(written.stderr).toContain('model.layers.4.mlp.down_proj.weight');
  }
  expect(existsSync(at('new'))).toBe(false);
  expect(readdirSync(at('kept'))).toEqual([]);
});
