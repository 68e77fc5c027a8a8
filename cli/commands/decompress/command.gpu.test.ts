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
import { sha256Hex } from '../../../src/base/checksum';
import { fixture } from '../../../src/testing/fixtures';
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

test('a quantised folder is restored to the weights of the tool that made it', async () => {
  const folder = 'compressed-tensors/stories260K-w4a16-g32-asym';
  expect(await decompress([fixture(`quantised/${folder}`), '--out', at('restored')])).toBe(0);
  expect(written.stdout).toContain(
    'float32 weights from stories260K-w4a16-g32-asym (compressed-tensors, W4A16',
  );
  const expected = JSON.parse(readFileSync(fixture('quantised/expected.json'), 'utf8')) as Record<
    string,
    Record<string, { sha256: string }>
  >;
  const { tensors } = parseSafetensors(readFileSync(join(at('restored'), 'model.safetensors')));
  for (const [name, { sha256 }] of Object.entries(expected[folder])) {
    const { dtype, bytes } = tensors.get(name)!;
    expect([name, dtype, await sha256Hex(bytes)]).toEqual([name, 'F32', sha256]);
  }
  const config = JSON.parse(readFileSync(join(at('restored'), 'config.json'), 'utf8')) as object;
  expect(config).toMatchObject({ num_hidden_layers: 1, torch_dtype: 'float32' });
  expect(config).not.toHaveProperty('quantization_config');
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
