import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../../testing/gpu';
import { fastestDense, KernelTuner } from './autotune';
import { rememberedDense } from './dense/dense';
import { denseCandidates, denseKey, DENSE_VARIANTS, type DenseVariantName } from './dense/denseVariants';
import { lowBitCandidates, packedKey, rememberedPacked } from './lowBitVariants';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const SIZES = { rows: 33, columns: 64, outputs: 96 };

test('a remembered choice is used without timing', async () => {
  const memory = new Map([[denseKey(gpu, SIZES), 'tiled']]);
  expect(await new KernelTuner(memory).choose(gpu, SIZES)).toBe('tiled');
});

test('tuning remembers a candidate under the adapter and shape class', async () => {
  const memory = new Map([[denseKey(gpu, SIZES), 'no such kernel']]);
  const chosen = await new KernelTuner(memory).choose(gpu, SIZES);
  expect(denseCandidates(gpu, SIZES)).toContain(chosen);
  expect(memory.get(denseKey(gpu, SIZES))).toBe(chosen);
});

test('a kernel with wrong results is never chosen, however fast', async () => {
  // A tile that claims 32 rows but computes one leaves the others unwritten: wrong, and the fastest by far.
  const broken = 'broken' as DenseVariantName;
  const variants = DENSE_VARIANTS as unknown as Record<string, unknown>;
  variants.broken = { ...DENSE_VARIANTS.row, tileRows: 32 };
  try {
    expect(await fastestDense(gpu, [broken, 'register'], SIZES)).toBe('register');
    expect(await fastestDense(gpu, ['register', broken], SIZES)).toBe('register');
  } finally {
    delete variants.broken;
  }
});

test('shape classes are powers of two, and separate by whether K is a multiple of 4', () => {
  expect(denseKey(gpu, { rows: 33, columns: 60, outputs: 96 })).toBe(denseKey(gpu, SIZES));
  expect(denseKey(gpu, { rows: 65, columns: 64, outputs: 96 })).not.toBe(denseKey(gpu, SIZES));
  expect(denseKey(gpu, { rows: 33, columns: 62, outputs: 96 })).not.toBe(denseKey(gpu, SIZES));
});

test('kernels of packed integers are chosen and remembered likewise', async () => {
  const sizes = { ...SIZES, bits: 4, group: 32, octets: true };
  const memory = new Map<string, string>();
  const chosen = await new KernelTuner(memory).choosePacked(gpu, sizes);
  expect(lowBitCandidates(gpu, sizes.rows, true)).toContain(chosen);
  expect([...memory]).toEqual([[packedKey(gpu, sizes), chosen]]);
  expect(packedKey(gpu, { ...sizes, bits: 8 })).not.toBe(packedKey(gpu, sizes));
});

test('products use what the memory of the GPU names, as long as it is a candidate', async () => {
  const packed = { ...SIZES, bits: 4, group: 32, octets: true };
  gpu.kernelMemory = new Map([
    [denseKey(gpu, SIZES), 'tiled'],
    [packedKey(gpu, packed), 'matrix'],
  ]);
  expect(await rememberedDense(gpu, SIZES)).toBe('tiled');
  expect(await rememberedPacked(gpu, packed)).toBe('matrix');
  gpu.kernelMemory = new Map([[denseKey(gpu, SIZES), 'no such kernel']]);
  expect(await rememberedDense(gpu, SIZES)).toBe(denseCandidates(gpu, SIZES)[0]);
});

test('tuning stops when it is aborted', async () => {
  const tuner = new KernelTuner(new Map(), AbortSignal.abort());
  await expect(tuner.choose(gpu, SIZES)).rejects.toThrow('Stopped');
});
