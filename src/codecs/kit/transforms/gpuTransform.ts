import type { GpuJob } from '../gpuJob';
import { basis } from './bases';
import { fftLength, isFast, type CodingBasis } from './coding';
import type { ComplexVector } from './complexMatrix';
import { chirp, chirpFilter, phaseFactors } from './fft';
import { recordTransform, uploadTransform } from './product';

/** Operations of one butterfly, and of one complex multiplication by a table. */
const BUTTERFLY = 10;
const MULTIPLICATION = 6;

/** A transform of blocks of one length in a job. */
export interface BlockTransform {
  job: GpuJob;
  name: CodingBasis;
  length: number;
  blocks: number;
}

/** Records transforming real blocks [blocks, length] to complex coefficients [blocks, length] in a new buffer. */
export function recordForward(t: BlockTransform, x: GPUBuffer): Promise<GPUBuffer> {
  return isFast(t.name) ? recordFft(t, x, false) : recordMatrix(t, x, false);
}

/** Records the inverse transform, whose real part [blocks, length] is in a new buffer. */
export function recordInverse(t: BlockTransform, c: GPUBuffer): Promise<GPUBuffer> {
  return isFast(t.name) ? recordFft(t, c, true) : recordMatrix(t, c, true);
}

/** Records a product with a basis as one real matrix: [2n, n] from weights to (re, im) pairs, or its transpose for the inverse. */
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

/** The factors of an FFT before, between (Bluestein) and after its stages. */
interface FftTables {
  /** The length of the stages. */
  m: number;
  before: ComplexVector;
  filter?: ComplexVector;
  after: ComplexVector;
}

function fftTables(name: CodingBasis, n: number, inverse: boolean): FftTables {
  const m = fftLength(name, n);
  const ones = new Float64Array(2 * n).map((_, i) => 1 - (i % 2));
  const phases = name === 'phase-fft' ? phaseFactors(n) : ones;
  const factors = inverse ? conjugate(phases) : phases;
  const scaled = (table: ComplexVector) => table.map((value) => value / Math.sqrt(n));
  if (m === n) {
    if (inverse) return { m, before: scaled(factors), after: ones };
    return { m, before: scaled(ones), after: factors };
  }
  const w = inverse ? chirp(n) : conjugate(chirp(n));
  const mirrored = chirpFilter(n, m).map((value) => value / m);
  const filter = inverse ? conjugate(mirrored) : mirrored;
  if (inverse) return { m, filter, before: scaled(product(w, factors)), after: w };
  return { m, filter, before: scaled(w), after: product(w, factors) };
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

/** Records a (φ-phase) FFT of any length by Stockham stages, for lengths other than powers of two within Bluestein's convolution. */
async function recordFft(t: BlockTransform, x: GPUBuffer, inverse: boolean): Promise<GPUBuffer> {
  const { length: n } = t;
  const { m, before, filter, after } = fftTables(t.name, n, inverse);
  let c = await recordMultiplication(t, x, before, {
    outStride: m,
    inStride: n,
    inLength: n,
    realIn: !inverse,
  });
  c = await recordStages(t, c, m, inverse && !filter);
  if (filter) {
    c = await recordMultiplication(t, c, filter, { outStride: m, inStride: m, inLength: m });
    c = await recordStages(t, c, m, true);
  }
  return recordMultiplication(t, c, after, { outStride: n, inStride: m, inLength: n, realOut: inverse });
}

/** The strides of a complex multiplication by a table (multiply.wgsl). */
interface Multiplication {
  outStride: number;
  inStride: number;
  inLength: number;
  realIn?: boolean;
  realOut?: boolean;
}

async function recordMultiplication(
  { job, blocks }: BlockTransform,
  source: GPUBuffer,
  table: ComplexVector,
  { outStride, inStride, inLength, realIn = false, realOut = false }: Multiplication,
): Promise<GPUBuffer> {
  const count = blocks * outStride;
  const out = job.scope.allocate((realOut ? 4 : 8) * count, 'transformed');
  await job.dispatch('codecs/kit/transforms/multiply', {
    params: { count, outStride, inStride, inLength, realIn: Number(realIn), realOut: Number(realOut) },
    bindings: { source, table: job.scope.upload(Float32Array.from(table), 'factors'), out },
    threads: count,
    cost: MULTIPLICATION * count,
  });
  return out;
}

/** Records all log₂ m stages, which alternate between two buffers. */
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
