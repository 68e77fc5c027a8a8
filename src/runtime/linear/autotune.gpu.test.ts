import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../../testing/gpu';
import { DenseTuner, fastestCandidate, tuningKey, type TuningMemory } from './autotune';
import { denseCandidates, DENSE_VARIANTS, type DenseVariantName } from './dense/denseVariants';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const SIZES = { rows: 33, columns: 64, outputs: 96 };

test('a remembered choice is used without timing', async () => {
  const memory: TuningMemory = new Map([[tuningKey(gpu, SIZES), 'tiled']]);
  expect(await new DenseTuner(gpu, memory).choose(gpu, SIZES)).toBe('tiled');
});

test('tuning remembers a candidate under the adapter and shape class', async () => {
  const memory: TuningMemory = new Map([[tuningKey(gpu, SIZES), 'no such kernel']]);
  const chosen = await new DenseTuner(gpu, memory).choose(gpu, SIZES);
  expect(denseCandidates(gpu, SIZES)).toContain(chosen);
  expect(memory.get(tuningKey(gpu, SIZES))).toBe(chosen);
});

test('a kernel with wrong results is never chosen, however fast', async () => {
  // A tile that claims 32 rows but computes one leaves the others unwritten: wrong, and the fastest by far.
  const broken = 'broken' as DenseVariantName;
  const variants = DENSE_VARIANTS as unknown as Record<string, unknown>;
  variants.broken = { ...DENSE_VARIANTS.row, tileRows: 32 };
  try {
    expect(await fastestCandidate(gpu, [broken, 'register'], SIZES)).toBe('register');
    expect(await fastestCandidate(gpu, ['register', broken], SIZES)).toBe('register');
  } finally {
    delete variants.broken;
  }
});

test('shape classes are powers of two, and separate by whether K is a multiple of 4', () => {
  expect(tuningKey(gpu, { rows: 33, columns: 60, outputs: 96 })).toBe(tuningKey(gpu, SIZES));
  expect(tuningKey(gpu, { rows: 65, columns: 64, outputs: 96 })).not.toBe(tuningKey(gpu, SIZES));
  expect(tuningKey(gpu, { rows: 33, columns: 62, outputs: 96 })).not.toBe(tuningKey(gpu, SIZES));
});

test('tuning stops when it is aborted', async () => {
  const tuner = new DenseTuner(gpu, new Map(), AbortSignal.abort());
  await expect(tuner.choose(gpu, SIZES)).rejects.toThrow('Stopped');
});
