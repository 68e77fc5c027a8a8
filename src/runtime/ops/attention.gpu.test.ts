import { afterAll, expect, test } from 'vitest';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { spiked } from '../../testing/spiked';
import { attend } from '../reference/math';
import { recordAttention, type AttentionVariant } from './attention';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Tolerance of exponentials of scores whose absolute error in float32 is 1e-5. */
const SOFTMAX = { abs: 2e-4, rel: 2e-5 };
const [HEADS, KEY_HEADS, HEAD_WIDTH] = [4, 2, 12];
/** Cached tokens before the queries, and the capacity of the cache. */
const [PAST, CAPACITY] = [21, 90];

const view = (buffer: GPUBuffer, width: number) => ({ buffer, stride: width, column: 0, width });

test.each<AttentionVariant>([
  { narrow: false, subgroups: false },
  { narrow: true, subgroups: false },
  { narrow: false, subgroups: true },
  { narrow: true, subgroups: true },
  { narrow: true, subgroups: true, octets: true },
])('queries behind a cached past see it and themselves, %o', async (variant) => {
  await behindPast(variant);
});

test.each([6, 40])('queries after cached tokens see a window of %i keys', async (window) => {
  await behindPast({ narrow: true, subgroups: true }, window);
  await behindPast({ narrow: true, subgroups: true, octets: true }, window);
  await behindPast({ narrow: false, subgroups: false }, window);
});

async function behindPast(variant: AttentionVariant, window?: number): Promise<void> {
  const length = 37;
  const width = HEADS * HEAD_WIDTH;
  const keyWidth = KEY_HEADS * HEAD_WIDTH;
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const q = spiked(length * width, 1);
  // Rows from past + length on must not be read.
  const [k, v] = [2, 3].map((stream) => spiked(CAPACITY * keyWidth, stream));
  k.fill(1e30, (PAST + length) * keyWidth);
  const out = scope.allocate(4 * length * width, 'out');
  const state = scope.upload(Uint32Array.of(PAST), 'position');
  const call = {
    query: view(scope.upload(q, 'q'), width),
    key: view(scope.upload(k, 'k'), keyWidth),
    value: view(scope.upload(v, 'v'), keyWidth),
    out: view(out, width),
    ...{ heads: HEADS, keyValueHeads: KEY_HEADS, headWidth: HEAD_WIDTH, causal: true, scale: 0.3 },
    window,
    keyRows: CAPACITY,
  };
  await recordAttention({ gpu, recorder }, call, { sequences: 1, length, state }, variant);
  await gpu.stream.run(recorder.commands);
  const row = (values: Float32Array, stride: number, t: number, head: number) =>
    Float64Array.from(values.subarray(t * stride + head * HEAD_WIDTH, t * stride + (head + 1) * HEAD_WIDTH));
  const expected: number[] = [];
  for (let t = 0; t < length; t++)
    for (let head = 0; head < HEADS; head++) {
      const all = Array.from({ length: PAST + t + 1 }, (_, j) => j);
      const seen = all.slice(-(window ?? all.length));
      const keys = seen.map((j) => row(k, keyWidth, j, Math.floor(head / 2)));
      const values = seen.map((j) => row(v, keyWidth, j, Math.floor(head / 2)));
      expected.push(...attend(row(q, width, t, head), keys, values, 0.3));
    }
  expectClose(new Float32Array(await gpu.stream.read(out)), expected, SOFTMAX);
  recorder.dispose();
  scope.dispose();
}
