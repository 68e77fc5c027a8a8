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
import { KeyedRandom } from '../../../src/base/random';
import { parseSafetensors, toFloat32 } from '../../../src/formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../../src/formats/safetensors/write';
import { writeModelDelta } from '../../../src/platform/node/modelDelta';
import { terminal } from '../../../src/testing/terminal';
import { main as delta } from './command';
import { sweepArguments } from './measure/options';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-delta-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (...names: string[]) => join(root, ...names);
const written = terminal();
const main = (args: readonly string[]) => delta(args, { openPage: () => expect.unreachable() });

const random = new KeyedRandom(9, 1);
const normal = (count: number, scale: number) =>
  Float32Array.from({ length: count }, () => scale * random.nextNormal());
const tensor = (name: string, shape: number[], values: Float32Array): NamedTensor => ({
  name,
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(values.buffer.slice(0) as ArrayBuffer),
});

const base = { a: normal(64 * 32, 0.1), b: normal(32, 1), c: normal(64 * 32, 0.1) };
const step = normal(64 * 32, 0.001);

function writeModel(folder: string, tensors: NamedTensor[], config: object): void {
  mkdirSync(at(folder), { recursive: true });
  writeFileSync(at(folder, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  writeFileSync(at(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(at(folder, 'vocab.json'), '{}');
}

writeModel(
  'base',
  [tensor('a', [64, 32], base.a), tensor('b', [32], base.b), tensor('c', [64, 32], base.c)],
  {},
);
const tuned = base.a.map((value, i) => value + step[i]);
writeModel(
  'tuned',
  [
    tensor('a', [64, 32], tuned),
    tensor('b', [32], base.b),
    tensor(
      'c',
      [64, 32],
      base.c.map((value, i) => (i % 300 ? value : 0)),
    ),
  ],
  { tuned: true },
);

writeFileSync(at('tuned', 'modeling_custom.py'), '');

const make = (...more: string[]) => main(['make', '--base', at('base'), '--tuned', at('tuned'), ...more]);
const apply = (file: string, out: string, folder = 'base') =>
  main(['apply', '--base', at(folder), at(file), '--out', at(out)]);

test('--exact restores every byte of the weights, and the other files', async () => {
  expect(await make('--exact', '--out', at('exact.delta'))).toBe(0);
  expect(written.stdout).toMatch(/\| zero \| 1 \| 128 \| 0 \| exact \|/);
  expect(written.stdout).toContain('Every bit is restored');
  expect(written.stdout).toContain('Not in the delta: modeling_custom.py.');
  expect(await apply('exact.delta', 'exact')).toBe(0);
  for (const name of ['model.safetensors', 'config.json', 'vocab.json'])
    expect(Buffer.compare(readFileSync(at('exact', name)), readFileSync(at('tuned', name)))).toBe(0);
  expect(existsSync(at('exact.delta.parts'))).toBe(false);
});

test('a limit of the error holds for every tensor, and the delta is smaller', async () => {
  expect(await make('--max-error', '0.02', '--out', at('lossy.delta'))).toBe(0);
  expect(await apply('lossy.delta', 'lossy')).toBe(0);
  const { tensors } = parseSafetensors(readFileSync(at('lossy', 'model.safetensors')));
  const found = toFloat32(tensors.get('a')!);
  const error = Math.hypot(...found.map((value, i) => value - tuned[i])) / Math.hypot(...step);
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(0.0201);
  const bytes = (name: string) => readFileSync(at(name)).length;
  expect(bytes('lossy.delta')).toBeLessThan(0.6 * bytes('exact.delta'));
});

test('the wrong base and a damaged delta are refused, and leave nothing', async () => {
  expect(await apply('exact.delta', 'wrong', 'tuned')).toBe(1);
  expect(written.stderr).toContain('tuned is not the base of this delta: the SHA-256 of its tensors is');
  const bytes = readFileSync(at('exact.delta'));
  bytes[bytes.length - 20] ^= 4;
  writeFileSync(at('damaged.delta'), bytes);
  expect(await apply('damaged.delta', 'wrong')).toBe(1);
  expect(written.stderr).toMatch(/The delta of tensor "[ac]" cannot be applied/);
  expect(existsSync(at('wrong'))).toBe(false);
  expect(await apply('base/model.safetensors', 'wrong')).toBe(1);
  expect(written.stderr).toContain('not a model delta');
});

test('missing, added, reshaped and retyped tensors are named', async () => {
  writeModel(
    'other',
    [
      tensor('a', [32, 64], base.a),
      tensor('bb', [32], base.b),
      { ...tensor('c', [64, 32], base.c), dtype: 'I32' },
    ],
    {},
  );
  expect(await main(['make', '--base', at('base'), '--tuned', at('other'), '--out', at('none')])).toBe(1);
  expect(written.stderr).toContain('the fine-tuned model lacks b; the base lacks bb; ');
  expect(written.stderr).toContain('a (F32 [64, 32] in the base, F32 [32, 64] in the fine-tuned model)');
  expect(written.stderr).toContain('c (F32 [64, 32] in the base, I32 [64, 32] in the fine-tuned model)');
});

test('a stopped command keeps finished tensors, and continues with them', async () => {
  const folders = { base: at('base'), tuned: at('tuned') };
  const choice = { exact: true, maxError: 0.05, seed: 1 };
  const controller = new AbortController();
  const onProgress = (_: number, step: string) => step === 'b' && controller.abort();
  const run = writeModelDelta(at('stopped.delta'), folders, choice, {
    signal: controller.signal,
    onProgress,
  });
  await expect(run).rejects.toThrow('Stopped');
  expect(readdirSync(at('stopped.delta.parts')).sort()).toEqual([
    '0.safetensors',
    '1.safetensors',
    'job.json',
  ]);
  // A mark in what is kept shows that it is not made again.
  const kept = at('stopped.delta.parts', '0.safetensors');
  writeFileSync(kept, readFileSync(kept, 'latin1').replace('"a\\",', '"A\\",'), 'latin1');
  const again = await writeModelDelta(at('stopped.delta'), folders, choice, {});
  expect(again.tensors.map(({ name }) => name)).toEqual(['A', 'b', 'c']);
  expect(readFileSync(at('stopped.delta'))).toEqual(readFileSync(at('exact.delta')));
});

test.each([
  [['--exact', '--max-error', '0.1'], /contradict each other/],
  [['--exact', '--max-increase', '1'], /contradict each other/],
  [['--max-increase', '1', '--encoders', 'int8'], /contradict each other/],
  [['--max-increase', '0'], /--max-increase cannot be "0"/],
  [['--windows', '4'], /--windows is for measuring/],
  [['--max-error', '2'], /--max-error cannot be "2"/],
  [['--encoders', 'int8,zip'], /There is no encoder "zip"/],
  [['--exact', '--encoders', 'int8'], /int8 does not restore every bit/],
])('wrong use %j ends with exit code 2', async (more, message) => {
  expect(await make(...more, '--out', at('none'))).toBe(2);
  expect(written.stderr).toMatch(message);
});

test('measure is a sweep of the fine-tuned model with deltas as files', () => {
  expect(
    sweepArguments(['--base', 'B', '--tuned', 'T', 'a.delta', 'b.delta', '--offline', '--windows', '4']),
  ).toEqual([
    ...['--base', 'B', '--model', 'T', '--offline', '--windows', '4'],
    ...['--file', 'a.delta', '--file', 'b.delta'],
  ]);
  expect(() => sweepArguments(['--base', 'B', '--tuned', 'T'])).toThrow('FILE.delta is missing');
});
