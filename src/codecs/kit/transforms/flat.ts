import { LabError } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import type { DenseMatrix } from '../../../runtime/linear/matrix';
import type { GpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS } from '../spans';
import { fftLength, type CodingBasis } from './coding';

/** Magnitudes outside are refused above, and taken as zero below: float32 holds every sum of coefficients in between. */
const LARGEST = 2 ** 90;
const SMALLEST = 2 ** -100;

/**
 * Weights as the transforms of flattened tensors take them: below 2^-100 they are zero.
 * @throws LabError bad-input naming the tensor for weights beyond 2^90
 */
export function flatWeights({ name, values }: { name: string; values: Float32Array }): Float32Array {
  const index = values.findIndex((value) => Math.abs(value) > LARGEST);
  if (index < 0) return values.map((value) => (Math.abs(value) < SMALLEST ? 0 : value));
  throw new LabError(
    'bad-input',
    `${name} holds ${values[index]}; weights beyond 2^90 leave float32 when they are transformed.`,
    'Keep this tensor in float32: its weights are far outside the usual range.',
  );
}

/** Equal blocks of a flattened tensor: elements [first, first + blocks·length). */
export interface Batch {
  first: number;
  length: number;
  blocks: number;
}

/** A tensor of `total` weights in blocks of `chunk`, the last one shorter. */
export function chunksOf(total: number, chunk: number): Batch[] {
  const found: Batch[] = [];
  for (let first = 0; first < total; first += chunk)
    found.push({ first, length: Math.min(chunk, total - first), blocks: 1 });
  return found;
}

/**
 * The same in batches of equal blocks that one job can hold.
 * @throws LabError limit when one block does not fit a binding
 */
export function batchesOf(gpu: Gpu, total: number, chunk: number, basis: CodingBasis): Batch[] {
  const whole = Math.floor(total / chunk);
  const found: Batch[] = [];
  const fit = blocksThatFit(gpu, Math.min(chunk, total), basis);
  for (let block = 0; block < whole; block += fit)
    found.push({ first: block * chunk, length: chunk, blocks: Math.min(fit, whole - block) });
  if (total % chunk) found.push({ first: whole * chunk, length: total % chunk, blocks: 1 });
  return found;
}

function blocksThatFit(gpu: Gpu, length: number, basis: CodingBasis): number {
  const bytes = 8 * fftLength(basis, length);
  if (bytes > gpu.maxBindingBytes)
    throw new LabError(
      'limit',
      `Transforming ${length} weights as one block takes ${bytes} bytes; this device binds at most ${gpu.maxBindingBytes} at once.`,
      'Set a chunk length, or use a device with a larger storage binding limit.',
    );
  return Math.max(1, Math.floor(Math.min(gpu.maxBindingBytes, 8 * CHUNK_ELEMENTS) / bytes));
}

/** Records copies of elements [first, first + count) of the flattened matrix from a buffer that begins with them. */
export function recordScatter(
  { recorder }: GpuJob,
  target: DenseMatrix,
  source: GPUBuffer,
  first: number,
  count: number,
): void {
  for (const part of target.parts) {
    const begin = part.firstRow * target.columns;
    const from = Math.max(first, begin);
    const to = Math.min(first + count, begin + part.rows * target.columns);
    if (from >= to) continue;
    recorder.copy({
      label: 'weights',
      source,
      sourceOffset: 4 * (from - first),
      target: part.buffer,
      targetOffset: 4 * (from - begin),
      bytes: 4 * (to - from),
    });
  }
}
