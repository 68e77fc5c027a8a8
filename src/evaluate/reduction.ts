import { invariant } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Kernel } from '../gpu/kernels';
import type { Recorder } from '../gpu/recorder';
import type { ActivationView } from '../runtime/linear/linear';
import type { RowRange } from '../runtime/linear/matrix';

/** Lanes per row, as in shaders/evaluate/lossState.wgsl. */
const LANES = 16;
const STATE_BYTES = 16;
/** Tile width granularity: a whole number of lane steps and of matrix tiles. */
const TILE_STEP = 64;
/** Logits of one tile: small enough to stay in cache, large enough that dispatches do not dominate. */
const TILE_BYTES = 8 << 20;
/** Exponentials, comparisons and sums per logit, in floating-point operations. */
const COST_PER_LOGIT = 12;
/** Mark of a row that is not scored. */
export const IGNORED = 0xffffffff;

/** What the reduction returns for rows [rows], in nats. */
export interface RowLosses {
  nll: Float64Array;
  /** First arg-max of the logits. */
  top: Uint32Array;
  baselineNll?: Float64Array;
  baselineTop?: Uint32Array;
  /** KL(baseline ‖ codec). */
  kl?: Float64Array;
}

export interface ReductionSize {
  rows: number;
  vocabulary: number;
  withBaseline: boolean;
  /** Columns per tile; the default fits TILE_BYTES and one binding. */
  tile?: number;
}

/** Tile of logits the caller fills: `into` for the codec, `baseline` where asked. */
export type FillTile = (range: RowRange, into: ActivationView, baseline?: ActivationView) => Promise<void>;

/**
 * Losses of rows of logits without ever holding [rows, vocabulary]: the vocabulary goes by in tiles, and per row 16
 * bytes (48 with a baseline) come back. The GPU keeps sums relative to the running maximum; the host takes logarithms
 * and differences in float64, so that a small divergence is not lost between two large log-sum-exps.
 */
export class LossReduction {
  private readonly gpu: Gpu;
  private readonly size: ReductionSize;
  private readonly kernels: { tile: Kernel; finish: Kernel };
  private readonly buffers: Record<string, GPUBuffer>;
  readonly tile: number;

  private constructor(gpu: Gpu, scope: BufferScope, size: ReductionSize, kernels: LossReduction['kernels']) {
    this.gpu = gpu;
    this.size = size;
    this.kernels = kernels;
    this.tile = size.tile ?? defaultTile(gpu, size);
    this.buffers = allocate(scope, size, this.stride);
  }

  /** Buffers belong to `scope`. */
  static async create(gpu: Gpu, scope: BufferScope, size: ReductionSize): Promise<LossReduction> {
    const conditions = { baseline: size.withBaseline };
    const [tile, finish] = await Promise.all([
      gpu.kernels.get({ module: 'evaluate/lossTile', conditions }),
      gpu.kernels.get({ module: 'evaluate/lossFinish', conditions }),
    ]);
    return new LossReduction(gpu, scope, size, { tile, finish });
  }

  /** The most rows one reduction can hold on this device. */
  static maxRows(gpu: Gpu): number {
    return Math.floor(gpu.maxBindingBytes / (LANES * STATE_BYTES));
  }

  /** Records every tile and the reduction. */
  async record(recorder: Recorder, fill: FillTile): Promise<void> {
    const { vocabulary } = this.size;
    for (let firstRow = 0; firstRow < vocabulary; firstRow += this.tile) {
      const range = { firstRow, rows: Math.min(this.tile, vocabulary - firstRow) };
      const view = (name: string) => ({
        buffer: this.buffers[name],
        stride: this.stride,
        column: 0,
        width: range.rows,
      });
      await fill(range, view('logits'), this.size.withBaseline ? view('baselineLogits') : undefined);
      this.recordTile(recorder, range);
    }
    this.recordFinish(recorder);
  }

  /** @param targets the right token of each row, or IGNORED */
  writeTargets(targets: Uint32Array): void {
    invariant(targets.length === this.size.rows, 'one target per row');
    this.gpu.buffers.write(this.buffers.targets, targets);
  }

  /** Reads the last run's rows. Those of IGNORED targets carry no meaning in `nll`. */
  async read(): Promise<RowLosses> {
    const { rows, withBaseline } = this.size;
    const out = new Float32Array(await this.gpu.stream.read(this.buffers.out));
    const own = decode(out, 0, rows);
    if (!withBaseline) return { nll: own.nll, top: own.top };
    const base = decode(out, rows, rows);
    return {
      nll: own.nll,
      top: own.top,
      baselineNll: base.nll,
      baselineTop: base.top,
      kl: divergences(out, rows),
    };
  }

  private get stride(): number {
    return Math.ceil(this.tile / 4) * 4;
  }

  private recordTile(recorder: Recorder, range: RowRange): void {
    const { rows, withBaseline } = this.size;
    const { logits, baselineLogits, states, baselineStates, divergence, targets } = this.buffers;
    recorder.dispatch(this.kernels.tile, {
      params: { rows, stride: this.stride / 4, width: range.rows, column: range.firstRow },
      bindings: {
        targets,
        logits,
        states,
        ...(withBaseline && { baselineLogits, baselineStates, divergence }),
      },
      workgroups: Math.ceil((rows * LANES) / 64),
      cost: COST_PER_LOGIT * rows * range.rows * (withBaseline ? 3 : 1),
    });
  }

  private recordFinish(recorder: Recorder): void {
    const { rows, withBaseline } = this.size;
    const { states, baselineStates, divergence, out } = this.buffers;
    recorder.dispatch(this.kernels.finish, {
      params: { rows },
      bindings: { states, out, ...(withBaseline && { baselineStates, divergence }) },
      workgroups: Math.ceil(rows / 64),
      cost: COST_PER_LOGIT * rows * LANES,
    });
  }
}

function defaultTile(gpu: Gpu, { rows, vocabulary }: ReductionSize): number {
  const fit = Math.floor(Math.min(gpu.maxBindingBytes, TILE_BYTES) / (4 * rows));
  const whole = fit >= TILE_STEP ? Math.floor(fit / TILE_STEP) * TILE_STEP : Math.floor(fit / 4) * 4;
  return Math.max(4, Math.min(whole, vocabulary));
}

function allocate(scope: BufferScope, size: ReductionSize, stride: number): Record<string, GPUBuffer> {
  const { rows, withBaseline } = size;
  const lanes = rows * LANES;
  const own = {
    targets: scope.allocate(4 * rows, 'targets'),
    logits: scope.allocate(4 * rows * stride, 'logits tile'),
    states: scope.allocate(STATE_BYTES * lanes, 'loss states'),
    out: scope.allocate(STATE_BYTES * rows * (withBaseline ? 3 : 1), 'losses'),
  };
  if (!withBaseline) return own;
  return {
    ...own,
    baselineLogits: scope.allocate(4 * rows * stride, 'baseline logits tile'),
    baselineStates: scope.allocate(STATE_BYTES * lanes, 'baseline loss states'),
    divergence: scope.allocate(4 * lanes, 'divergence'),
  };
}

/** States [maximum, sum, first, right] of rows from `first` on: NLL = maximum + ln(sum) − right. */
function decode(out: Float32Array, first: number, rows: number): { nll: Float64Array; top: Uint32Array } {
  const at = (row: number, field: number) => out[4 * (first + row) + field];
  return {
    nll: Float64Array.from({ length: rows }, (_, r) => at(r, 0) + Math.log(at(r, 1)) - at(r, 3)),
    top: Uint32Array.from({ length: rows }, (_, r) => at(r, 2)),
  };
}

/**
 * KL(p ‖ q) = Σ p·(a − b) + ln Σexp(b) − ln Σexp(a), the two logarithms as a difference of maxima and a ratio of sums.
 * What rounding leaves below zero is zero: a divergence cannot be negative.
 */
function divergences(out: Float32Array, rows: number): Float64Array {
  const at = (block: number, row: number, field: number) => out[4 * (block * rows + row) + field];
  return Float64Array.from({ length: rows }, (_, r) => {
    const gap = at(2, r, 0) / at(1, r, 1);
    return Math.max(0, gap + (at(0, r, 0) - at(1, r, 0)) + Math.log(at(0, r, 1) / at(1, r, 1)));
  });
}
