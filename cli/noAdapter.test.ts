import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import type { LabRecord } from '../src/lab/results/record';
import { terminal } from '../src/testing/terminal';
import { fixture } from '../src/testing/fixtures';
import { main as check } from './commands/check/command';
import { main as compress } from './commands/compress/command';
import { main as decompress } from './commands/decompress/command';
import { main as exportModel } from './commands/export/command';
import { main as sweep } from './commands/sweep/command';
import { main as train } from './commands/train/command';

// Files share modules, and those of another file may have been loaded with its mocks.
vi.hoisted(() => vi.resetModules());
// Hides the adapters of this machine from Dawn, which then prints a warning.
vi.stubEnv('VK_ICD_FILENAMES', '/nonexistent');
afterAll(() => vi.unstubAllEnvs());

const root = mkdtempSync(join(tmpdir(), 'bitcurve-no-adapter-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const noBrowser = { openPage: () => expect.unreachable(), findChromium: () => expect.unreachable() };
const written = terminal();

const CODEC = ['--model', 'stories260K', '--codec', 'rtn(bits=3,group=16)'];
const FEW = ['--windows', '2', '--context', '32', '--calibration-windows', '2', '--verdict', 'off'];

test('sweep, compress and decompress run on the CPU, and the records say so', async () => {
  expect(await sweep([...CODEC, ...FEW, '--out', at('first')], noBrowser)).toBe(0);
  const records = JSON.parse(readFileSync(join(at('first'), 'records.json'), 'utf8')) as LabRecord[];
  for (const { environment } of records)
    expect(environment).toMatchObject({
      adapter: 'none',
      compute: 'cpu',
      features: [],
      fallbackAdapter: false,
    });
  const measured = records.find(({ role }) => role === 'codec')!;
  expect(measured.verification).toEqual({ fromArtefact: true, gpuMatchesReference: null });
  expect(measured.error?.layers.every(({ outputError }) => outputError! > 0)).toBe(true);

  expect(await compress([...CODEC, '--out', at('a.safetensors')])).toBe(0);
  expect(written.stdout).toContain(`sha256 ${measured.artefactSha256}`);
  expect(await decompress([at('a.safetensors'), '--out', at('restored'), '--compute', 'cpu'])).toBe(0);
});

test('check compares with Hugging Face transformers', async () => {
  const folder = fixture('arch/llama-gqa');
  expect(await check(['--model', folder, '--expected', `${folder}/expected.safetensors`])).toBe(0);
  expect(written.stdout).toMatch(/agreement (\d+) of \1\nPASS/);
});

test('export writes the weights that an artefact decodes to', async () => {
  expect(await compress([...CODEC, '--out', at('b.safetensors')])).toBe(0);
  expect(
    await exportModel(['--artefact', at('b.safetensors'), '--format', 'gguf', '--out', at('b.gguf')]),
  ).toBe(0);
  expect(written.stdout).toMatch(/tensors: 47 F32\nrelative error of the weights 0\n/);
});

test('codecs that quantise activations are measured', async () => {
  const int8 = ['--codec', 'llm-int8(threshold=6)', '--codec', 'rans(smoothquant)'];
  expect(await sweep(['--model', 'stories260K', ...int8, ...FEW, '--out', at('int8')], noBrowser)).toBe(0);
  const records = JSON.parse(readFileSync(join(at('int8'), 'records.json'), 'utf8')) as LabRecord[];
  const increases = records.flatMap(({ role, quality }) => (role === 'codec' ? [quality.deltaPercent] : []));
  // Both papers report almost no loss.
  expect(increases).toHaveLength(2);
  for (const increase of increases) expect(Math.abs(increase)).toBeLessThan(1);
});

test('what only an adapter does is refused with a remedy', async () => {
  expect(await sweep([...CODEC, ...FEW, '--compute', 'gpu'], noBrowser)).toBe(1);
  expect(written.stderr).toMatch(/no graphics adapter answered.*--compute cpu/s);
  expect(await train(['--model', 'stories260K', '--out', at('trained'), '--steps', '1'])).toBe(1);
  expect(written.stderr).toMatch(/Training needs a WebGPU adapter, and there is none/);
});
