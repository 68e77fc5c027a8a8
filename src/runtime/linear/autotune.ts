import { throwIfAborted } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { Gpu } from '../../gpu/gpu';
import { recordDense, type DenseChoice } from './dense/dense';
import { denseCandidates, type DenseSizes, type DenseVariantName } from './dense/denseVariants';
import { allocateMatrix, releaseMatrix, uploadMatrix, type DenseMatrix } from './matrix';
import { wholeView } from '../ops/context';

/** The chosen kernels by adapter and shape class. The caller keeps them between visits. */
export type TuningMemory = Map<string, string>;

/** Timed runs of each candidate. The fastest one counts, because other load on the machine can only add time. */
const RUNS = 3;
/** Largest sizes measured; beyond them the ranking of the candidates does not change. */
const MAX_SIZES = { rows: 256, columns: 1024, outputs: 1024 };
/** Relative error above which a candidate is wrong and not merely rounded. */
const MAX_RELATIVE_ERROR = 1e-4;

/** Chooses matmul kernels by timing verified candidates, once per adapter and shape class. */
export class DenseTuner {
  private readonly gpu: Gpu;
  private readonly memory: TuningMemory;
  private readonly signal: AbortSignal | undefined;
  private readonly running = new Map<string, Promise<DenseVariantName>>();

  constructor(gpu: Gpu, memory: TuningMemory, signal?: AbortSignal) {
    this.gpu = gpu;
    this.memory = memory;
    this.signal = signal;
  }

  /** Chooses a kernel; to be passed to `denseWeights` and `weightsFrom`. */
  readonly choose: DenseChoice = (gpu, sizes) => {
    const candidates = denseCandidates(gpu, sizes);
    const key = tuningKey(gpu, sizes);
    const known = candidates.find((name) => name === this.memory.get(key));
    if (known) return known;
    let search = this.running.get(key);
    if (!search) this.running.set(key, (search = this.search(key, candidates, sizes)));
    return search;
  };

  private async search(
    key: string,
    candidates: readonly DenseVariantName[],
    sizes: DenseSizes,
  ): Promise<DenseVariantName> {
    try {
      const best = await fastestCandidate(this.gpu, candidates, sizes, this.signal);
      this.memory.set(key, best);
      return best;
    } finally {
      this.running.delete(key);
    }
  }
}

/**
 * Returns the key of a choice: adapter, sizes rounded up to powers of two, and whether K is a multiple of 4, which decides
 * whether W can be read as vec4.
 */
export function tuningKey({ info }: Gpu, { rows, columns, outputs }: DenseSizes): string {
  const adapter = [info.vendor, info.architecture, info.device, info.description].join('/');
  const sizes = [rows, columns, outputs].map((n) => Math.ceil(Math.log2(n)));
  return `dense ${adapter} ${sizes.join('×')}${columns % 4 === 0 ? '' : ' scalar'}`;
}

/** Returns the fastest candidate whose result agrees with float64 sums; the first candidate if none does. */
export async function fastestCandidate(
  gpu: Gpu,
  candidates: readonly DenseVariantName[],
  sizes: DenseSizes,
  signal?: AbortSignal,
): Promise<DenseVariantName> {
  const trial = Trial.create(gpu, sizes);
  try {
    let best = candidates[0];
    let bestMs = Infinity;
    for (const name of candidates) {
      throwIfAborted(signal);
      const ms = await trial.time(name, signal);
      if (ms < bestMs) [best, bestMs] = [name, ms];
    }
    return best;
  } finally {
    trial.dispose();
  }
}

/** A product with random operands on which variants are checked and timed. */
class Trial {
  private readonly gpu: Gpu;
  private readonly sizes: DenseSizes;
  private readonly xs: Float32Array;
  private readonly ws: Float32Array;
  private readonly x: DenseMatrix;
  private readonly weight: DenseMatrix;
  private readonly y: DenseMatrix;

  private constructor(gpu: Gpu, sizes: DenseSizes) {
    const { rows, columns, outputs } = sizes;
    this.gpu = gpu;
    this.sizes = sizes;
    this.xs = randomValues(rows * columns, 1);
    this.ws = randomValues(outputs * columns, 2);
    this.x = uploadMatrix(gpu, this.xs, rows, columns, 'tuning x');
    this.weight = uploadMatrix(gpu, this.ws, outputs, columns, 'tuning W');
    this.y = allocateMatrix(gpu, rows, outputs, 'tuning y');
  }

  static create(gpu: Gpu, { rows, columns, outputs }: DenseSizes): Trial {
    // The limit keeps whether K is a multiple of 4, so that the kernels in question are measured.
    const k = Math.min(columns, columns % 4 === 0 ? MAX_SIZES.columns : MAX_SIZES.columns - 1);
    const n = Math.min(outputs, MAX_SIZES.outputs, Math.floor(gpu.maxBindingBytes / 4));
    const fit = Math.floor(gpu.maxBindingBytes / 4 / Math.max(k, n));
    return new Trial(gpu, { rows: Math.max(1, Math.min(rows, MAX_SIZES.rows, fit)), columns: k, outputs: n });
  }

  /** Returns the milliseconds of one product; Infinity if the result is wrong. */
  async time(name: DenseVariantName, signal?: AbortSignal): Promise<number> {
    const { gpu } = this;
    const recorder = gpu.recorder();
    const x = wholeView(this.x.parts[0].buffer, this.sizes.columns);
    const y = wholeView(this.y.parts[0].buffer, this.sizes.outputs);
    try {
      // The previous candidate's result must not be taken for this one's.
      gpu.buffers.write(y.buffer, new Float32Array(this.sizes.rows * this.sizes.outputs));
      await recordDense({ gpu, recorder, x, y, rows: this.sizes.rows }, this.weight, name);
      await gpu.stream.run(recorder.commands, signal);
      if (!(await this.isCorrect())) return Infinity;
      let best = Infinity;
      for (let run = 0; run < RUNS; run++) {
        const start = performance.now();
        await gpu.stream.run(recorder.commands, signal);
        await gpu.stream.idle(signal);
        best = Math.min(best, performance.now() - start);
      }
      return best;
    } finally {
      recorder.dispose();
    }
  }

  /** Checks every seventh output of the last row, and one element of a diagonal beside each, against float64 sums. */
  private async isCorrect(): Promise<boolean> {
    const { rows, columns, outputs } = this.sizes;
    const ys = new Float32Array(await this.gpu.stream.read(this.y.parts[0].buffer));
    for (let n = 0; n < outputs; n += 7)
      for (const row of [rows - 1, n % rows]) {
        let sum = 0;
        let size = 1e-30;
        for (let k = 0; k < columns; k++) {
          const term = this.xs[row * columns + k] * this.ws[n * columns + k];
          sum += term;
          size += Math.abs(term);
        }
        if (!(Math.abs(ys[row * outputs + n] - sum) <= MAX_RELATIVE_ERROR * size)) return false;
      }
    return true;
  }

  dispose(): void {
    for (const matrix of [this.x, this.weight, this.y]) releaseMatrix(this.gpu.buffers, matrix);
  }
}

function randomValues(n: number, stream: number): Float32Array {
  const random = new KeyedRandom(0, stream);
  return Float32Array.from({ length: n }, () => random.nextUniform() - 0.5);
}
