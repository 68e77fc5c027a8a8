import { afterAll, expect, test } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import type { ActivationView } from '../../runtime/linear/linear';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { spiked } from '../../testing/spiked';
import { attendBackward } from '../reference/attention';
import type { AttentionShape } from '../../models/architecture';
import { recordAttentionBackward } from './attention';

const gpu = await testGpu();
/** A device with blocks of a few queries and without subgroups. */
const capped = await testGpu({ bindingCap: 1 << 13, portable: true });
afterAll(() => [gpu, capped].forEach((g) => expect(g.buffers.liveCount).toBe(0)));

/**
 * Tolerance: weights have a relative error of 1e-5 (float32 exponentials of scores up to 30), times sums of up to 140
 * products.
 */
const SUMMED = { abs: 2e-3, rel: 1e-4 };

interface Case extends Omit<AttentionShape, 'scale'> {
  sequences: number;
  length: number;
}

const scaleOf = ({ headWidth }: Case) => 0.5 / Math.sqrt(headWidth);

/** Views of query, key and value as columns of one activation, after `offset` other columns. */
function viewsOf({ heads, keyValueHeads, headWidth }: Case, buffer: GPUBuffer, offset: number) {
  const [q, k] = [heads * headWidth, keyValueHeads * headWidth];
  const stride = offset + q + 2 * k;
  const view = (column: number, width: number): ActivationView => ({ buffer, stride, column, width });
  return { query: view(offset, q), key: view(offset + q, k), value: view(offset + q + k, k) };
}

/** Runs the backward pass on the GPU. Gradients start as ones. */
async function onGpu(on: Gpu, c: Case, qkv: Float32Array, dOut: Float32Array, offset: number) {
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  const width = c.heads * c.headWidth;
  const gradients = scope.upload(new Float32Array(qkv.length).fill(1), 'gradients');
  const into = viewsOf(c, gradients, offset);
  const { sequences, length, ...shape } = c;
  try {
    await recordAttentionBackward(
      { gpu: on, recorder },
      {
        ...{ ...shape, scale: scaleOf(c), ...viewsOf(c, scope.upload(qkv, 'qkv'), offset) },
        dOut: { buffer: scope.upload(dOut, 'dOut'), stride: width, column: 0, width },
        ...{ dQuery: into.query, dKey: into.key, dValue: into.value },
      },
      { sequences, length },
    );
    await on.stream.run(recorder.commands);
    return new Float32Array(await on.stream.read(gradients));
  } finally {
    recorder.dispose();
    scope.dispose();
  }
}

/** The same by the float64 reference, in the same layout. */
function byReference(c: Case, qkv: Float32Array, dOut: Float32Array, offset: number): Float64Array {
  const { heads, keyValueHeads, headWidth, length } = c;
  const [q, k] = [heads * headWidth, keyValueHeads * headWidth];
  const stride = offset + q + 2 * k;
  const out = new Float64Array(qkv.length).fill(1);
  const source = Float64Array.from(qkv);
  for (let row = 0; row < c.sequences * length; row++)
    for (let head = 0; head < heads; head++) {
      const first = row - (row % length);
      const seen = Array.from({ length: c.causal ? row - first + 1 : length }, (_, j) => first + j);
      const shared = Math.floor(head / (heads / keyValueHeads)) * headWidth;
      const at = (values: Float64Array, r: number, column: number) =>
        values.subarray(r * stride + offset + column, r * stride + offset + column + headWidth);
      const keys = (values: Float64Array) => seen.map((r) => at(values, r, q + shared));
      const values = (of: Float64Array) => seen.map((r) => at(of, r, q + k + shared));
      const own = Float64Array.from(
        dOut.subarray(row * q + head * headWidth, row * q + (head + 1) * headWidth),
      );
      attendBackward(at(source, row, head * headWidth), keys(source), values(source), scaleOf(c), own, {
        ...{ dQuery: at(out, row, head * headWidth), dKeys: keys(out), dValues: values(out) },
      });
    }
  return out;
}

async function compare(on: Gpu, c: Case, offset = 0): Promise<void> {
  const rows = c.sequences * c.length;
  const stride = offset + (c.heads + 2 * c.keyValueHeads) * c.headWidth;
  const qkv = spiked(rows * stride, 1);
  const dOut = spiked(rows * c.heads * c.headWidth, 2);
  const actual = await onGpu(on, c, qkv, dOut, offset);
  expectClose(actual, byReference(c, qkv, dOut, offset), SUMMED);
}

test.each([1, 2, 6, 8, 20, 64, 130])('head width %i', async (headWidth) => {
  await compare(gpu, { heads: 2, keyValueHeads: 2, headWidth, causal: true, sequences: 2, length: 11 });
});

test.each([1, 3, 4, 5, 33, 70])('%i tokens, shared key heads, causal and not', async (length) => {
  const shape = { heads: 6, keyValueHeads: 2, headWidth: 12, sequences: 2, length };
  await compare(gpu, { ...shape, causal: true });
  await compare(gpu, { ...shape, causal: false });
});

test('columns that start at odd offsets', async () => {
  await compare(gpu, { heads: 2, keyValueHeads: 1, headWidth: 8, causal: true, sequences: 1, length: 9 }, 3);
});

test.each([true, false])('blocks of few queries, causal %o', async (causal) => {
  await compare(capped, { heads: 4, keyValueHeads: 2, headWidth: 8, causal, sequences: 2, length: 45 });
});

test('repeated runs give equal bits', async () => {
  const c = { heads: 4, keyValueHeads: 2, headWidth: 8, causal: true, sequences: 2, length: 30 };
  const [qkv, dOut] = [spiked(60 * 64, 3), spiked(60 * 32, 4)];
  const first = await onGpu(gpu, c, qkv, dOut, 0);
  expect(await onGpu(gpu, c, qkv, dOut, 0)).toEqual(first);
});

test('a window whose scores exceed one binding is an error', async () => {
  const shape = { heads: 1, keyValueHeads: 1, headWidth: 4, causal: true, sequences: 1, length: 1200 };
  const length = shape.length * 12;
  const run = onGpu(capped, shape, new Float32Array(length), new Float32Array(length / 3), 0);
  await expect(run).rejects.toMatchObject({ code: 'limit' });
});
