import { invariant, throwIfAborted } from '../../base/errors';
import { floatsToHalves, roundToHalf } from '../../base/float16';
import { KeyedRandom } from '../../base/random';
import type { Gpu } from '../../gpu/gpu';
import type { KernelMemory } from '../../gpu/kernelMemory';
import { wholeView } from '../ops/context';
import { recordDense, type DenseChoice } from './dense/dense';
import { denseCandidates, denseKey, type DenseVariantName } from './dense/denseVariants';
import type { LinearCall } from './linear';
import {
  lowBitCandidates,
  packedKey,
  type LowBitVariant,
  type PackedChoice,
  type PackedSizes,
} from './lowBitVariants';
import { releaseMatrix, uploadMatrix } from './matrix';
import { packedIntegerLinear } from './packed/packedLinear';
import type { ProductSizes } from './tuningKey';

/** Timed runs of each candidate. The fastest one counts, because other load on the machine can only add time. */
const RUNS = 3;
/** Largest sizes measured; beyond them the ranking of the candidates does not change. */
const MAX_SIZES = { rows: 256, columns: 1024, outputs: 1024 };
/** Relative error above which a candidate is wrong and not merely rounded. */
const MAX_RELATIVE_ERROR = 1e-4;

/** Chooses the kernels of products by timing verified candidates, once per adapter, kind of weights and shape class. */
export class KernelTuner {
  private readonly memory: KernelMemory;
  private readonly signal: AbortSignal | undefined;
  private readonly running = new Map<string, Promise<string>>();

  /** @param memory what is known, to which choices are added */
  constructor(memory: KernelMemory, signal?: AbortSignal) {
    this.memory = memory;
    this.signal = signal;
  }

  /** Chooses a float32 kernel; to be passed to `denseWeights` and `weightsFrom`. */
  readonly choose: DenseChoice = (gpu, sizes) =>
    this.known(denseKey(gpu, sizes), denseCandidates(gpu, sizes), (candidates) =>
      fastestDense(gpu, candidates, sizes, this.signal),
    );

  /** Chooses a kernel of packed integers; to be passed to `packedIntegerLinear`. */
  readonly choosePacked: PackedChoice = (gpu, sizes) =>
    this.known(packedKey(gpu, sizes), lowBitCandidates(gpu, sizes.rows, sizes.octets), (candidates) =>
      fastestPacked(gpu, candidates, sizes, this.signal),
    );

  private async known<Name extends string>(
    key: string,
    candidates: readonly Name[],
    find: (candidates: readonly Name[]) => Promise<Name>,
  ): Promise<Name> {
    const remembered = await this.memory.get(key);
    const known = candidates.find((name) => name === remembered);
    if (known) return known;
    const search = (this.running.get(key) ?? this.search(key, find(candidates))) as Promise<Name>;
    this.running.set(key, search);
    return search;
  }

  private async search<Name extends string>(key: string, finding: Promise<Name>): Promise<Name> {
    try {
      const best = await finding;
      await this.memory.set(key, best);
      return best;
    } finally {
      this.running.delete(key);
    }
  }
}

/** Returns the fastest float32 kernel whose result agrees with float64 sums; the first candidate if none does. */
export async function fastestDense(
  gpu: Gpu,
  candidates: readonly DenseVariantName[],
  wanted: ProductSizes,
  signal?: AbortSignal,
): Promise<DenseVariantName> {
  // The limit keeps whether K is a multiple of 4, so that the kernels in question are measured.
  const sizes = limited(gpu, wanted, wanted.columns % 4 === 0);
  const { columns, outputs } = sizes;
  const ws = randomValues(outputs * columns, 2);
  const matrix = uploadMatrix(gpu, ws, outputs, columns, 'tuning W');
  const weight = {
    values: ws,
    record: (call: LinearCall, name: DenseVariantName) => recordDense(call, matrix, name),
    dispose: () => releaseMatrix(gpu.buffers, matrix),
  };
  return fastest(new Trial(gpu, sizes, weight), candidates, signal);
}

/** Returns the fastest kernel of packed integers likewise, for centred codes. */
async function fastestPacked(
  gpu: Gpu,
  candidates: readonly LowBitVariant[],
  { bits, group, octets, ...wanted }: PackedSizes,
  signal?: AbortSignal,
): Promise<LowBitVariant> {
  invariant(bits === 2 || bits === 4 || bits === 8, `codes of ${bits} bits`);
  const sizes = limited(gpu, wanted, octets);
  const { columns, outputs } = sizes;
  const groups = Math.ceil(columns / group);
  const random = new KeyedRandom(0, 3);
  const rowBytes = 4 * Math.ceil((columns * bits) / 32);
  const codes = Uint8Array.from({ length: outputs * rowBytes }, () => random.nextUint32() & 255);
  const scales = randomValues(outputs * groups, 4).map((value) => roundToHalf(1 + value));
  const values = Float32Array.from({ length: outputs * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const code = (codes[row * rowBytes + ((column * bits) >> 3)] >> ((column * bits) & 7)) & (2 ** bits - 1);
    return (code - 2 ** (bits - 1)) * scales[row * groups + Math.floor(column / group)];
  });
  const weight = await packedIntegerLinear(gpu, {
    ...{ name: 'tuning W', rows: outputs, columns, bits, group, offset: 2 ** (bits - 1), codes },
    scales: new Uint8Array(floatsToHalves(scales).buffer),
  });
  const trial = new Trial<LowBitVariant>(gpu, sizes, {
    values,
    record: (call, name) => weight.record(call, name),
    dispose: () => weight.dispose(),
  });
  return fastest(trial, candidates, signal);
}

async function fastest<Name extends string>(
  trial: Trial<Name>,
  candidates: readonly Name[],
  signal?: AbortSignal,
): Promise<Name> {
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

/** Returns sizes up to those that are measured. @param whole whether K stays a multiple of 8 where it is limited, or an odd number */
function limited(gpu: Gpu, { rows, columns, outputs }: ProductSizes, whole: boolean): ProductSizes {
  const k = Math.min(columns, whole ? MAX_SIZES.columns : MAX_SIZES.columns - 1);
  const n = Math.min(outputs, MAX_SIZES.outputs, Math.floor(gpu.maxBindingBytes / 4));
  const fit = Math.floor(gpu.maxBindingBytes / 4 / Math.max(k, n));
  return { rows: Math.max(1, Math.min(rows, MAX_SIZES.rows, fit)), columns: k, outputs: n };
}

/** A weight of random values in any form, and how a kernel multiplies by it. */
interface TrialWeight<Name> {
  /** The values W [outputs, columns] that it represents. */
  values: Float32Array;
  record(call: LinearCall, name: Name): Promise<void>;
  dispose(): void;
}

/** A product with random operands on which kernels are checked and timed. */
class Trial<Name extends string> {
  private readonly gpu: Gpu;
  private readonly sizes: ProductSizes;
  private readonly weight: TrialWeight<Name>;
  private readonly xs: Float32Array;
  private readonly x: GPUBuffer;
  private readonly y: GPUBuffer;

  constructor(gpu: Gpu, sizes: ProductSizes, weight: TrialWeight<Name>) {
    const { rows, columns, outputs } = sizes;
    this.gpu = gpu;
    this.sizes = sizes;
    this.weight = weight;
    this.xs = randomValues(rows * columns, 1);
    this.x = gpu.buffers.allocate(4 * rows * columns, 'tuning x');
    gpu.buffers.write(this.x, this.xs);
    this.y = gpu.buffers.allocate(4 * rows * outputs, 'tuning y');
  }

  /** Returns the milliseconds of one product; Infinity if the result is wrong. */
  async time(name: Name, signal?: AbortSignal): Promise<number> {
    const { gpu } = this;
    const { rows, columns, outputs } = this.sizes;
    const recorder = gpu.recorder();
    const [x, y] = [wholeView(this.x, columns), wholeView(this.y, outputs)];
    try {
      // The previous candidate's result must not be taken for this one's.
      gpu.buffers.write(this.y, new Float32Array(rows * outputs));
      await this.weight.record({ gpu, recorder, x, y, rows }, name);
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
    const ys = new Float32Array(await this.gpu.stream.read(this.y));
    for (let n = 0; n < outputs; n += 7)
      for (const row of [rows - 1, n % rows]) {
        let sum = 0;
        let size = 1e-30;
        for (let k = 0; k < columns; k++) {
          const term = this.xs[row * columns + k] * this.weight.values[n * columns + k];
          sum += term;
          size += Math.abs(term);
        }
        if (!(Math.abs(ys[row * outputs + n] - sum) <= MAX_RELATIVE_ERROR * size)) return false;
      }
    return true;
  }

  dispose(): void {
    this.weight.dispose();
    for (const buffer of [this.x, this.y]) this.gpu.buffers.release(buffer);
  }
}

function randomValues(n: number, stream: number): Float32Array {
  const random = new KeyedRandom(0, stream);
  return Float32Array.from({ length: n }, () => random.nextUniform() - 0.5);
}
