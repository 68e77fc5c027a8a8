import { expect } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import { allocateMatrix, readMatrix, releaseMatrix } from '../../runtime/linear/matrix';
import type { Codec, MatrixShape, CodedTensor } from '../contract/codec';
import { decodeTensor } from '../contract/coding';
import { partBytes } from '../contract/parts';
import type { Parts } from '../contract/parts';
import type { CodecOptions } from '../contract/meta';

/** The name of every test tensor, which errors must contain. */
export const TENSOR = 'transformer.h.0.mlp.c_fc.weight';
/** Relative slack on error bounds, for the float64 rounding of the check itself. */
const BOUND_SLACK = 1e-6;

/** Decodes stored bytes on the GPU and reads the dense matrix back. */
export async function decodeOnGpu(
  gpu: Gpu,
  codec: Codec,
  stored: CodedTensor,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const [rows, columns] = stored.shape;
  const target = allocateMatrix(gpu, rows, columns, stored.name);
  try {
    if (signal) await codec.decode(stored, target, { gpu, seed: 2, signal });
    else await decodeTensor(codec, stored, target, { gpu, seed: 2 });
    return await readMatrix(gpu.stream, target);
  } finally {
    releaseMatrix(gpu.buffers, target);
  }
}

/** Expects the parts of the codec's layout, at its lengths. */
export function expectLayout(codec: Codec, options: CodecOptions, shape: MatrixShape, parts: Parts): void {
  const layout = codec.layout(shape, options);
  const present = layout.filter(({ suffix, optional }) => !optional || parts.has(suffix));
  expect([...parts.keys()].sort()).toEqual(present.map(({ suffix }) => suffix).sort());
  for (const part of present) {
    const { length } = parts.get(part.suffix)!;
    if (part.variable) expect(length, part.suffix).toBeLessThanOrEqual(partBytes(part));
    else expect(length, part.suffix).toBe(partBytes(part));
    if (part.dtype === 'U8' && !part.unpadded) expect(length % 4, part.suffix).toBe(0);
  }
}

/** Expects equal bytes in equal parts, and reports the first five that differ. */
export function expectSameParts(actual: Parts, expected: Parts): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [suffix, bytes] of expected) {
    const got = actual.get(suffix)!;
    const different = bytes.reduce(
      (list, byte, i) => (byte === got[i] ? list : [...list, i]),
      [] as number[],
    );
    const shown = different.slice(0, 5).map((i) => `byte ${i}: ${got[i]}, reference ${bytes[i]}`);
    expect(got.length, suffix).toBe(bytes.length);
    expect(shown, `${suffix}: ${different.length} of ${bytes.length} bytes differ`).toEqual([]);
  }
}

/** Expects values equal within `ulps` units in the last place. With 0 they must be equal, apart from the sign of zero. */
export function expectSameValues(actual: Float32Array, expected: Float32Array, ulps: number): void {
  expect(actual.length).toBe(expected.length);
  const wrong: string[] = [];
  for (let i = 0; i < actual.length && wrong.length < 5; i++)
    if (ulpDistance(actual[i], expected[i]) > ulps)
      wrong.push(`[${i}] ${actual[i]}, reference ${expected[i]}`);
  expect(wrong, 'decoded values differ').toEqual([]);
}

/** Expects values equal within `tolerance` times the largest magnitude. */
export function expectNearValues(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const allowed = tolerance * expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const wrong: string[] = [];
  for (let i = 0; i < actual.length && wrong.length < 5; i++)
    if (!(Math.abs(actual[i] - expected[i]) <= allowed))
      wrong.push(`[${i}] ${actual[i]}, reference ${expected[i]}, allowed ±${allowed}`);
  expect(wrong, 'decoded values differ').toEqual([]);
}

/** The number of float32 steps from one float32 number to another. */
function ulpDistance(a: number, b: number): number {
  if (a === b) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
  return Math.abs(ordinal(a) - ordinal(b));
}

function ordinal(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0];
  return bits & 0x80000000 ? -(bits & 0x7fffffff) : bits;
}

/** Expects every |decoded − w| to be at most the codec's bound for the largest |w| of the weight's group. */
export function expectWithinBound(
  decoded: Float32Array,
  values: Float32Array,
  [, columns]: MatrixShape,
  groups: { size: number; flat: boolean },
  bound: (groupMaximum: number) => number,
): void {
  const run = groups.flat ? values.length : columns;
  const size = Math.min(groups.size, run);
  const wrong: string[] = [];
  for (let start = 0; start < values.length; start += run)
    for (let first = start; first < start + run; first += size) {
      const end = Math.min(first + size, start + run);
      const maximum = values.subarray(first, end).reduce((max, w) => Math.max(max, Math.abs(w)), 0);
      const allowed = bound(maximum) * (1 + BOUND_SLACK);
      for (let i = first; i < end; i++)
        if (!(Math.abs(decoded[i] - values[i]) <= allowed))
          wrong.push(`[${i}] ${values[i]} became ${decoded[i]}, allowed ±${allowed}`);
    }
  expect(wrong.slice(0, 5), `${wrong.length} values beyond the error bound`).toEqual([]);
}
