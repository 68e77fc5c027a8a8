import { afterAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import { interpret, type ModelShape, type Step, type StepOf, type Value } from '../../models/architecture';
import { columns, finishShape, value } from '../../models/architectures/shared/shape';
import { stepValues } from '../../models/program';
import { expectClose, type Tolerance } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { spiked } from '../../testing/spiked';
import { GpuOps } from './gpuOps';
import type { ActivationView } from '../linear/linear';
import { releaseMatrix, uploadMatrix } from '../linear/matrix';
import { recordGelu } from '../ops/elementwise';
import { recordAdaptiveNorm, recordLayerNorm, recordRmsNorm, type NormVariant } from '../ops/norm';
import { wholeView } from '../ops/context';
import { ReferenceOps } from '../reference/ops';
import { adaptiveNorm, gelu, layerNorm, rmsNorm } from '../reference/math';
import { weightsFrom } from './weights';

const gpu = await testGpu();
/** On this device tables of a few rows are split. */
const capped = await testGpu({ bindingCap: 1024 });
/** On this device, which has no subgroups, other variants of some kernels run. */
const portable = await testGpu({ portable: true });
afterAll(() => [gpu, capped, portable].forEach((g) => expect(g.buffers.liveCount).toBe(0)));

/** Tolerance of copies and single sums: one rounding of float32. */
const ROUNDED: Tolerance = { abs: 1e-6, rel: 2e-7 };
/** Tolerance of sums of up to 100 products, and of their quotients. */
const SUMMED: Tolerance = { abs: 2e-5, rel: 5e-6 };
/** Tolerance of exponentials of scores whose absolute error in float32 is 1e-5. */
const SOFTMAX: Tolerance = { abs: 2e-4, rel: 2e-5 };
/** Tolerance of the error function: its absolute error is 1.1e-7, times x ÷ 2. */
const ACTIVATION: Tolerance = { abs: 5e-7, rel: 1e-6 };

interface StepCase {
  step: Step;
  /** Rows and columns of the tables, by name. */
  tables?: Record<string, [number, number]>;
  sequences: number;
  length: number;
  ids?: Uint32Array;
  pixels?: Float32Array;
}

/** A model shape whose program is one step. */
function shapeOf({ step, tables = {} }: StepCase): ModelShape {
  const [hidden] = stepValues(step).writes;
  return finishShape({
    architecture: 'test',
    task: 'language-model',
    tensors: Object.entries(tables).map(([name, matrix]) => ({ name, shape: matrix, matrix, role: 'mlp' })),
    program: { prologue: [step], blocks: [], epilogue: [], hidden, head: { weight: '', outputs: 1 } },
    maxContext: 1000,
    width: 1,
    vocabulary: 1000,
    cacheWidths: [],
    tiedHead: false,
  });
}

/** All values of the step at full width, filled with spiked numbers. */
function inputsOf(step: Step, rows: number): Map<string, { whole: Value; values: Float32Array }> {
  const { reads, writes } = stepValues(step);
  const widths = new Map<string, number>();
  for (const { name, column = 0, width } of [...reads, ...writes])
    widths.set(name, Math.max(widths.get(name) ?? 0, column + width));
  return new Map(
    [...widths].map(([name, width], i) => [
      name,
      { whole: value(name, width), values: spiked(rows * width, 10 + i) },
    ]),
  );
}

/** Runs a step on the GPU and in the reference with equal inputs, and compares the values it writes. */
async function compare(on: Gpu, c: StepCase, tolerance: Tolerance): Promise<void> {
  const shape = shapeOf(c);
  const rows = c.sequences * c.length;
  const tables = new Map(
    shape.tensors.map(({ name, matrix: [r, k] }, i) => [name, { r, k, values: spiked(r * k, 50 + i) }]),
  );
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  const upload = ([name, t]: [string, { r: number; k: number; values: Float32Array }]) =>
    [name, uploadMatrix(on, t.values, t.r, t.k, name)] as const;
  const weights = weightsFrom(on, shape, new Map([...tables].map(upload)));
  const raw = c.ids ?? c.pixels ?? Uint32Array.of(0);
  const layout = { sequences: c.sequences, length: c.length, state: scope.allocate(4, 'position') };
  const input = scope.upload(raw, 'input');
  const { program } = shape;
  const ops = new GpuOps({ gpu: on, recorder, scope, weights, program, layout, input, positions: c.length });
  const source = { values: raw, sequences: c.sequences, length: c.length };
  const reference = new ReferenceOps(
    { ...shape, ...(c.pixels && { image: { size: 0, channels: 0, tokens: c.length } }) },
    (name) => Promise.resolve(tables.get(name)!.values),
    source,
  );
  for (const { whole, values } of inputsOf(c.step, rows).values()) {
    on.buffers.write(ops.view(whole).buffer, values);
    const rowsOf = (_: unknown, t: number) =>
      Float64Array.from(values.subarray(t * whole.width, (t + 1) * whole.width));
    reference.set(whole, Array.from({ length: rows }, rowsOf));
  }
  await interpret([c.step], ops);
  await interpret([c.step], reference);
  await on.stream.run(recorder.commands);
  const out = inputsOf(c.step, rows).get(program.hidden.name)!.whole;
  const actual = new Float32Array(await on.stream.read(ops.view(out).buffer, 4 * rows * out.width));
  const expected = reference.rows(out).flatMap((row) => [...row]);
  recorder.dispose();
  scope.dispose();
  weights.dispose();
  expectClose(actual, expected, tolerance);
}

test('embed gathers rows from a table split by rows', async () => {
  const step: Step = { op: 'embed', table: 'table', out: value('out', 7) };
  const ids = Uint32Array.from([0, 399, 35, 36, 37, 200, 399, 1]);
  await compare(capped, { step, tables: { table: [400, 7] }, sequences: 2, length: 4, ids }, ROUNDED);
});

test('addPositions starts every sequence at row 0 of a split table', async () => {
  const step: Step = { op: 'addPositions', table: 'table', out: value('out', 3) };
  await compare(capped, { step, tables: { table: [200, 3] }, sequences: 2, length: 37 }, ROUNDED);
});

test('addPositions starts at the offset of the table', async () => {
  const step: Step = { op: 'addPositions', table: 'table', out: value('out', 3), offset: 89 };
  await compare(capped, { step, tables: { table: [200, 3] }, sequences: 2, length: 37 }, ROUNDED);
});

test('patches are a strided convolution after a class token', async () => {
  const step: StepOf<'patches'> = {
    ...{ op: 'patches', weight: 'weight', bias: 'bias', classToken: 'class' },
    ...{ patch: 3, channels: 2, size: 9, out: value('out', 10) },
  };
  const tables: StepCase['tables'] = { weight: [10, 18], bias: [1, 10], class: [1, 10] };
  await compare(gpu, { step, tables, sequences: 3, length: 10, pixels: spiked(3 * 2 * 81, 3) }, SUMMED);
});

test('pixels become one row per image', async () => {
  const step: Step = { op: 'pixels', out: value('out', 2 * 81) };
  await compare(gpu, { step, tables: {}, sequences: 3, length: 1, pixels: spiked(3 * 2 * 81, 3) }, ROUNDED);
});

test('linear reads and writes columns of wider activations', async () => {
  const step: Step = {
    op: 'linear',
    input: columns('in', 5, 9),
    weight: 'weight',
    bias: 'bias',
    out: columns('out', 2, 11),
  };
  await compare(gpu, { step, tables: { weight: [11, 9], bias: [1, 11] }, sequences: 1, length: 6 }, SUMMED);
});

test.each(['rowPerThread', 'rowPerWorkgroup'] as NormVariant[])('norms, %s', async (variant) => {
  const [rows, width] = [5, 131];
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  // With a large common offset a one-pass variance would cancel.
  const xs = spiked(rows * width, 1).map((v) => v + 100);
  const matrixOf = (stream: number) => {
    const values = spiked(width, stream);
    return { values, matrix: uploadMatrix(gpu, values, 1, width, 'norm') };
  };
  const [weight, bias] = [matrixOf(2), matrixOf(3)];
  const input = wholeView(scope.upload(xs, 'x'), width);
  const outs = [1, 2, 3].map(() => wholeView(scope.allocate(4 * rows * width, 'out'), width));
  const call = { input, rows, weight: weight.matrix, epsilon: 1e-3 };
  const context = { gpu, recorder };
  await recordLayerNorm(context, { ...call, out: outs[0], bias: bias.matrix }, variant);
  await recordRmsNorm(context, { ...call, out: outs[1] }, variant);
  // The same numbers as a row of 5 heads.
  const side = (view: ActivationView) => ({ ...view, stride: rows * width, width: rows * width });
  const heads = { input: side(input), out: side(outs[2]), rows: 1, heads: rows };
  await recordRmsNorm(context, { ...call, ...heads }, variant);
  await gpu.stream.run(recorder.commands);
  const actual = await Promise.all(outs.map((o) => gpu.stream.read(o.buffer)));
  const row = (r: number) => Float64Array.from(xs.subarray(r * width, (r + 1) * width));
  const rowsOf = (f: (x: Float64Array) => Float64Array) => [0, 1, 2, 3, 4].flatMap((r) => [...f(row(r))]);
  const centred = rowsOf((x) => layerNorm(x, weight.values, bias.values, 1e-3));
  // Values near 100 have 7 digits, so centred ones have 5.
  expectClose(new Float32Array(actual[0]), centred, { abs: 1e-4, rel: 1e-5 });
  expectClose(
    new Float32Array(actual[1]),
    rowsOf((x) => rmsNorm(x, weight.values, 1e-3)),
    SUMMED,
  );
  expect(actual[2]).toEqual(actual[1]);
  recorder.dispose();
  scope.dispose();
  [weight, bias].forEach(({ matrix }) => releaseMatrix(gpu.buffers, matrix));
});

test.each(['rowPerThread', 'rowPerWorkgroup'] as NormVariant[])(
  'an adaptive norm shifts and scales every row as its sequence says, %s',
  async (variant) => {
    const [rows, length, width] = [5, 2, 131];
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    const xs = spiked(rows * width, 1);
    const modulation = spiked(3 * 3 * width, 2);
    const input = wholeView(scope.upload(xs, 'x'), width);
    const out = wholeView(scope.allocate(4 * rows * width, 'out'), width);
    const whole = { buffer: scope.upload(modulation, 'modulation'), stride: 3 * width, width };
    const [shift, scale] = [1, 2].map((part) => ({ ...whole, column: part * width }));
    const call = { input, out, rows, shift, scale, length, epsilon: 1e-3 };
    await recordAdaptiveNorm({ gpu, recorder }, call, variant);
    await gpu.stream.run(recorder.commands);
    const part = (row: number, column: number) => {
      const first = Math.floor(row / length) * 3 * width + column;
      return Float64Array.from(modulation.subarray(first, first + width));
    };
    const expected = Array.from({ length: rows }, (_, r) => {
      const x = Float64Array.from(xs.subarray(r * width, (r + 1) * width));
      return [...adaptiveNorm(x, part(r, width), part(r, 2 * width), 1e-3)];
    });
    expectClose(new Float32Array(await gpu.stream.read(out.buffer)), expected.flat(), SUMMED);
    recorder.dispose();
    scope.dispose();
  },
);

test('patches without a class token, and their places in a square', async () => {
  const step: StepOf<'patches'> = {
    ...{ op: 'patches', weight: 'weight', bias: 'bias' },
    ...{ patch: 3, channels: 2, size: 9, out: value('out', 10) },
  };
  const tables: StepCase['tables'] = { weight: [10, 18], bias: [1, 10] };
  await compare(gpu, { step, tables, sequences: 3, length: 9, pixels: spiked(3 * 2 * 81, 3) }, SUMMED);
  const places: Step = { op: 'addGridPositions', across: 3, out: value('out', 12) };
  await compare(gpu, { step: places, sequences: 2, length: 9 }, ROUNDED);
});

test('gates of sequences weigh what is added to their tokens; silu', async () => {
  const gate = { ...columns('gates', 31, 31), perSequence: true } as const;
  const step: Step = { op: 'gatedAdd', input: columns('in', 3, 31), gate, out: value('out', 31) };
  await compare(gpu, { step, sequences: 3, length: 7 }, ROUNDED);
  const silu: Step = { op: 'silu', value: columns('out', 3, 29) };
  await compare(gpu, { step: silu, sequences: 1, length: 23 }, { abs: 1e-6, rel: 2e-6 });
});

test('rotary rotates pairs of halves by exact angles far into the context', async () => {
  const step: Step = { op: 'rotary', value: value('out', 18), heads: 3, headWidth: 6, theta: 10_000 };
  await compare(gpu, { step, sequences: 2, length: 700 }, { abs: 5e-6, rel: 2e-6 });
});

test.each([
  { rotaryDim: 4 },
  { rotaryDim: 6, interleaved: true },
  { rotaryDim: 2, interleaved: true },
] as Partial<StepOf<'rotary'>>[])('rotary over part of every head, or interleaved: %o', async (pairs) => {
  const shape = { heads: 3, headWidth: 6, theta: 10_000 };
  const step: Step = { op: 'rotary', value: columns('out', 5, 18), ...shape, ...pairs };
  await compare(gpu, { step, sequences: 2, length: 70 }, { abs: 5e-6, rel: 2e-6 });
});

test('rmsNorm over every head with one weight, from and to columns of wider activations', async () => {
  const step: Step = {
    ...{ op: 'rmsNorm', input: columns('in', 3, 5 * 7), weight: 'weight', epsilon: 1e-3 },
    ...{ out: columns('out', 2, 5 * 7), heads: 5 },
  };
  for (const on of [gpu, portable])
    await compare(on, { step, tables: { weight: [1, 7] }, sequences: 1, length: 19 }, SUMMED);
});

describe('attention', () => {
  const attention = (headWidth: number, share: number, causal: boolean): StepOf<'attention'> => ({
    op: 'attention',
    query: columns('qkv', 0, 2 * share * headWidth),
    key: columns('qkv', 2 * share * headWidth, 2 * headWidth),
    value: columns('qkv', 2 * (share + 1) * headWidth, 2 * headWidth),
    out: value('out', 2 * share * headWidth),
    heads: 2 * share,
    keyValueHeads: 2,
    headWidth,
    causal,
    scale: 1 / Math.sqrt(headWidth),
    layer: 0,
  });

  test.each([1, 2, 6, 8, 20, 36, 64, 130, 256])('head width %i', async (headWidth) => {
    await compare(gpu, { step: attention(headWidth, 1, true), sequences: 2, length: 19 }, SOFTMAX);
  });

  test.each([1, 20, 36])('head width %i without subgroups', async (headWidth) => {
    await compare(portable, { step: attention(headWidth, 2, true), sequences: 2, length: 19 }, SOFTMAX);
  });

  test.each([1, 31, 33, 70])('%i tokens, shared key heads, causal and not', async (length) => {
    await compare(gpu, { step: attention(12, 3, true), sequences: 2, length }, SOFTMAX);
    await compare(gpu, { step: attention(12, 3, false), sequences: 2, length }, SOFTMAX);
  });
});

describe('attention over a window', () => {
  const width = 24;
  const local = (window: number): Step => ({
    ...{
      op: 'attention',
      query: value('query', width),
      key: value('key', width),
      value: value('value', width),
    },
    ...{ out: value('out', width), heads: 2, keyValueHeads: 2, headWidth: 12, causal: true, scale: 1 },
    ...{ layer: 0, window },
  });

  test.each([1, 2, 5, 16, 33, 70])('of %i keys', async (window) => {
    for (const on of [gpu, portable])
      await compare(on, { step: local(window), sequences: 2, length: 70 }, SOFTMAX);
  });
});

test.each(['tanh', 'erf'] as const)('gelu, %s form', async (form) => {
  await compare(
    gpu,
    { step: { op: 'gelu', value: value('out', 37), form }, sequences: 3, length: 9 },
    ACTIVATION,
  );
});

test.each(['tanh', 'erf'] as const)('gelu, %s form, on a fine grid and far from zero', async (form) => {
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const xs = Float32Array.from({ length: 12_001 }, (_, i) => (i - 6000) / 1000);
  xs.set([-1e4, -100, 100, 1e4]);
  const out = scope.upload(xs, 'x');
  await recordGelu({ gpu, recorder }, wholeView(out, xs.length), 1, form);
  await gpu.stream.run(recorder.commands);
  const expected = Array.from(xs, (x) => gelu(x, form));
  expectClose(new Float32Array(await gpu.stream.read(out)), expected, ACTIVATION);
  recorder.dispose();
  scope.dispose();
});

test('siluGate of two values and of columns of one value; relu and add', async () => {
  const gate: Step = { op: 'siluGate', gate: value('gate', 29), up: value('up', 29), out: value('gate', 29) };
  await compare(gpu, { step: gate, sequences: 1, length: 23 }, { abs: 1e-6, rel: 2e-6 });
  const [first, second] = [columns('both', 2, 29), columns('both', 31, 29)];
  const fused: Step = { op: 'siluGate', gate: first, up: second, out: first };
  await compare(gpu, { step: fused, sequences: 1, length: 23 }, { abs: 1e-6, rel: 2e-6 });
  const relu: Step = { op: 'relu', value: columns('out', 3, 29) };
  await compare(gpu, { step: relu, sequences: 1, length: 23 }, ROUNDED);
  const add: Step = { op: 'add', input: columns('in', 3, 31), out: value('out', 31) };
  await compare(gpu, { step: add, sequences: 1, length: 23 }, ROUNDED);
});
