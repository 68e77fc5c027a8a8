import type { GpuJob } from '../gpuJob';
import { basis } from './bases';
import { fftLength, isFast, type CodingBasis } from './coding';
import type { ComplexVector } from './complexMatrix';
import { chirp, chirpFilter, phaseFactors } from './fft';
import { recordTransform, uploadTransform } from './product';

/** Operations of one butterfly and of one multiplication by a table. */
const BUTTERFLY = 10;
const TURN = 6;

/** Blocks of one length on their way through a transform, in WGSL. */
export interface BlockTransform {
  job: GpuJob;
  name: CodingBasis;
  length: number;
  blocks: number;
}

/** Records coefficients [blocks, length] complex of real blocks [blocks, length]; a new buffer. */
export function recordForward(t: BlockTransform, x: GPUBuffer): Promise<GPUBuffer> {
  return isFast(t.name) ? recordFft(t, x, false) : recordMatrix(t, x, false);
}

/** Records real blocks [blocks, length], the real part of the inverse of coefficients; a new buffer. */
export function recordInverse(t: BlockTransform, c: GPUBuffer): Promise<GPUBuffer> {
  return isFast(t.name) ? recordFft(t, c, true) : recordMatrix(t, c, true);
}

/** A basis as one real matrix: [2n, n] from weights to (re, im) pairs, or its transpose for the real part of the inverse. */
async function recordMatrix(t: BlockTransform, x: GPUBuffer, inverse: boolean): Promise<GPUBuffer> {
  const { job, name, length: n, blocks } = t;
  const { re, im } = basis(name, n);
  const values = new Float64Array(2 * n * n);
  for (let row = 0; row < n; row++)
    for (let k = 0; k < n; k++) {
      const [c, s] = [re[row * n + k], -im[row * n + k]];
      values[inverse ? 2 * (row * n + k) : 2 * k * n + row] = c;
      values[inverse ? 2 * (row * n + k) + 1 : (2 * k + 1) * n + row] = s;
    }
  const [inputs, outputs] = inverse ? [2 * n, n] : [n, 2 * n];
  const a = uploadTransform(job, values, outputs, inputs);
  const y = job.scope.allocate(4 * blocks * outputs, 'transformed');
  await recordTransform(job, a, {
    rows: blocks,
    x: { buffer: x, stride: inputs, column: 0, width: inputs },
    y: { buffer: y, stride: outputs, column: 0, width: outputs },
  });
  return y;
}

/** What an FFT multiplies by before, between (Bluestein) and after its stages. */
interface FftTables {
  /** Length of the stages. */
  m: number;
  before: ComplexVector;
  filter?: ComplexVector;
  after: ComplexVector;
}

function fftTables(name: CodingBasis, n: number, inverse: boolean): FftTables {
  const m = fftLength(name, n);
  const ones = new Float64Array(2 * n).map((_, i) => 1 - (i % 2));
  const phases = name === 'phase-fft' ? phaseFactors(n) : ones;
  const turn = inverse ? conjugate(phases) : phases;
  const scaled = (table: ComplexVector) => table.map((value) => value / Math.sqrt(n));
  if (m === n) {
    if (inverse) return { m, before: scaled(turn), after: ones };
    return { m, before: scaled(ones), after: turn };
  }
  const w = inverse ? chirp(n) : conjugate(chirp(n));
  const mirrored = chirpFilter(n, m).map((value) => value / m);
  const filter = inverse ? conjugate(mirrored) : mirrored;
  if (inverse) return { m, filter, before: scaled(product(w, turn)), after: w };
  return { m, filter, before: scaled(w), after: product(w, turn) };
}

function conjugate(x: ComplexVector): ComplexVector {
  return x.map((value, i) => (i % 2 ? -value : value));
}

function product(x: ComplexVector, y: ComplexVector): ComplexVector {
  const z = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 2) {
    z[i] = x[i] * y[i] - x[i + 1] * y[i + 1];
    z[i + 1] = x[i] * y[i + 1] + x[i + 1] * y[i];
  }
  return z;
}

/** (φ-phase) FFT of any length: Stockham stages of a power of two, inside Bluestein's convolution for other lengths. */
async function recordFft(t: BlockTransform, x: GPUBuffer, inverse: boolean): Promise<GPUBuffer> {
  const { length: n } = t;
  const { m, before, filter, after } = fftTables(t.name, n, inverse);
  let c = await recordTurn(t, x, before, { outStride: m, inStride: n, inLength: n, realIn: !inverse });
  c = await recordStages(t, c, m, inverse && !filter);
  if (filter) {
    c = await recordTurn(t, c, filter, { outStride: m, inStride: m, inLength: m });
    c = await recordStages(t, c, m, true);
  }
  return recordTurn(t, c, after, { outStride: n, inStride: m, inLength: n, realOut: inverse });
}

interface Turn {
  outStride: number;
  inStride: number;
  inLength: number;
  realIn?: boolean;
  realOut?: boolean;
}

async function recordTurn(
  { job, blocks }: BlockTransform,
  source: GPUBuffer,
  table: ComplexVector,
  { outStride, inStride, inLength, realIn = false, realOut = false }: Turn,
): Promise<GPUBuffer> {
  const count = blocks * outStride;
  const out = job.scope.allocate((realOut ? 4 : 8) * count, 'transformed');
  await job.dispatch('codecs/kit/transforms/turn', {
    params: { count, outStride, inStride, inLength, realIn: Number(realIn), realOut: Number(realOut) },
    bindings: { source, table: job.scope.upload(Float32Array.from(table), 'factors'), out },
    threads: count,
    cost: TURN * count,
  });
  return out;
}

/** All log₂ m stages, from one buffer to the other and back. */
async function recordStages(
  { job, blocks }: BlockTransform,
  source: GPUBuffer,
  m: number,
  inverse: boolean,
): Promise<GPUBuffer> {
  if (m === 1) return source;
  const twiddles = job.scope.upload(twiddlesOf(m), 'twiddle factors');
  let [from, to] = [source, job.scope.allocate(8 * blocks * m, 'transformed')];
  for (let span = 1; span < m; span *= 2) {
    const count = (blocks * m) / 2;
    await job.dispatch('codecs/kit/transforms/stage', {
      params: { count, half: m / 2, span, inverse: Number(inverse) },
      bindings: { source: from, twiddles, out: to },
      threads: count,
      cost: BUTTERFLY * count,
    });
    [from, to] = [to, from];
  }
  return from;
}

function twiddlesOf(m: number): Float32Array {
  const table = new Float32Array(m);
  for (let k = 0; k < m / 2; k++) {
    table[2 * k] = Math.cos((2 * Math.PI * k) / m);
    table[2 * k + 1] = -Math.sin((2 * Math.PI * k) / m);
  }
  return table;
}
