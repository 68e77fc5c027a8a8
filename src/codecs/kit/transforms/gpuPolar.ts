import type { GpuJob } from '../gpuJob';
import { amplitudeTable, directionTable, type PolarScale } from './polar';

/** Operations per coefficient. */
const COST = 24;

/** Complex coefficients [count] in segments that share a range. */
export interface Coefficients {
  c: GPUBuffer;
  count: number;
  segment: number;
}

/** Records finding the minimum and maximum modulus of at least `prune` in each segment, (3e38, 0) where there is none. */
export async function recordRanges(
  { dispatch, scope }: GpuJob,
  { c, count, segment }: Coefficients,
  prune: number,
): Promise<GPUBuffer> {
  const segments = Math.ceil(count / segment);
  const ranges = scope.allocate(8 * segments, 'ranges');
  await dispatch('codecs/kit/transforms/range', {
    params: { count, segment, segments, prune },
    bindings: { c, ranges },
    workgroups: segments,
    cost: COST * count,
  });
  return ranges;
}

/** Records rounding coefficients to words (polar.ts). */
export async function recordWords(
  { dispatch, scope }: GpuJob,
  { c, count, segment }: Coefficients,
  ranges: GPUBuffer,
  scale: PolarScale,
): Promise<GPUBuffer> {
  const words = scope.allocate(4 * count, 'codes');
  await dispatch('codecs/kit/transforms/quantise', {
    params: {
      count,
      segment,
      prune: scale.prune,
      amplitudeLevels: 2 ** scale.amplitudeBits - 1,
      phaseLevels: 2 ** scale.phaseBits - 1,
      logarithmic: Number(scale.log !== undefined),
      logLow: scale.log?.low ?? 0,
      logSpan: scale.log?.span ?? 0,
      refine: scale.refine,
    },
    bindings: { c, ranges, words },
    threads: count,
    cost: COST * count,
  });
  return words;
}

/** Records restoring coefficients from words. `peaks` are the scales of the segments. */
export async function recordCoefficients(
  { dispatch, scope }: GpuJob,
  words: Uint32Array,
  segment: number,
  peaks: Float32Array,
  scale: PolarScale,
): Promise<GPUBuffer> {
  const c = scope.allocate(8 * words.length, 'coefficients');
  await dispatch('codecs/kit/transforms/restore', {
    params: { count: words.length, segment },
    bindings: {
      words: scope.upload(words, 'codes'),
      peaks: scope.upload(peaks, 'peaks'),
      amplitudes: scope.upload(Float32Array.from(amplitudeTable(scale)), 'amplitudes'),
      directions: scope.upload(Float32Array.from(directionTable(scale)), 'directions'),
      c,
    },
    threads: words.length,
    cost: COST * words.length,
  });
  return c;
}
