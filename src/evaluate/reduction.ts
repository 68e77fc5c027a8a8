import { invariant } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Command, Recorder } from '../gpu/recorder';
import type { ActivationView } from '../runtime/linear/linear';
import type { RowRange } from '../runtime/linear/matrix';
import { rowUncertainty, type RowUncertainty } from './uncertainty';

/** Threads that share a row, as in shaders/evaluate/lossState.wgsl. */
const LANES = 16;
const STATE_BYTES = 16;
/** Bytes of a lane's Spread in shaders/evaluate/uncertainty.wgsl. */
const SPREAD_BYTES = 8;
/** The width of a tile is a multiple of this where it fits: whole steps of the lanes, and whole tiles of a product. */
const TILE_STEP = 64;
/** Logits of one tile: small enough to stay in cache, large enough that dispatches do not dominate. */
const TILE_BYTES = 8 << 20;
/** Exponentials, comparisons and sums per logit, in floating-point operations. */
const COST_PER_LOGIT = 12;
/** The target that marks a row as not scored. */
export const IGNORED = 0xffffffff;

/** Losses of scored rows, one number a row, in nats. */
export interface RowLosses {
  /** Negative log-likelihood of the right token or class. */
  nll: Float64Array;
  /** Arg-max of the logits; the first of equal ones. */
  top: Uint32Array;
  /** KL(baseline ‖ codec); absent without a baseline. */
  kl?: Float64Array;
  /** Absent unless it was asked for. */
  uncertainty?: RowUncertainty;
  /** 1 + the number of logits that are larger than the right one; absent unless it was asked for. */
  rank?: Uint32Array;
}

export interface ReductionSize {
  rows: number;
  vocabulary: number;
  withBaseline: boolean;
  /** Also computes the uncertainty of each row, which a reduction with a baseline does not. */
  withUncertainty?: boolean;
  /** Also computes the rank of each row's target, which takes the logits twice and does without a baseline and uncertainty. */
  withRank?: boolean;
  /** Columns per tile; the default fits TILE_BYTES and one binding. */
  tile?: number;
}

/** Records the logits of a range of the vocabulary: the codec's in `into`, the baseline's in `baseline`. */
export type FillTile = (range: RowRange, into: ActivationView, baseline?: ActivationView) => Promise<void>;

/**
 * Reduces rows of logits to losses without holding [rows, vocabulary] at once: the vocabulary is processed in tiles, and
 * 16 bytes a row (48 with a baseline, 32 with uncertainty, 80 with ranks) come back. The GPU keeps sums relative to the running maximum; the host takes
 * logarithms and differences in float64, so that a small divergence is not lost between two large log-sum-exps.
 */
export class LossReduction {
  private readonly gpu: Gpu;
  private readonly size: ReductionSize;
  private readonly buffers: Record<string, GPUBuffer>;
  readonly tile: number;

  /** @param scope owns the buffers */
  constructor(gpu: Gpu, scope: BufferScope, size: ReductionSize) {
    invariant(!size.withBaseline || !size.withUncertainty, 'uncertainty is computed without a baseline');
    invariant(!size.withRank || !(size.withBaseline || size.withUncertainty), 'ranks are computed alone');
    this.gpu = gpu;
    this.size = size;
    this.tile = size.tile ?? defaultTile(gpu, size);
    this.buffers = allocate(scope, size, this.stride);
  }

  /** The largest number of rows that one reduction can hold on this device. */
  static maxRows(gpu: Gpu): number {
    return Math.floor(gpu.maxBindingBytes / (LANES * STATE_BYTES));
  }

  /** Records every tile and the reduction. */
  async record(recorder: Recorder, fill: FillTile): Promise<void> {
    for (const range of this.ranges) {
      await this.fill(range, fill);
      await this.recordTile(recorder, range);
    }
    await this.recordFinish(recorder);
    if (!this.size.withRank) return;
    for (const range of this.ranges) {
      await this.fill(range, fill);
      await this.recordRanks(recorder, range);
    }
  }

  /** @param targets the right token of each row, or IGNORED */
  writeTargets(targets: Uint32Array): void {
    invariant(targets.length === this.size.rows, 'one target per row');
    this.gpu.buffers.write(this.buffers.targets, targets);
  }

  /**
   * Runs commands that end with the recorded ones, and reads the losses. The `nll` of a row whose target is IGNORED has no
   * meaning.
   */
  async run(commands: readonly Command[], signal?: AbortSignal): Promise<RowLosses> {
    const { rows, withBaseline, withUncertainty, withRank } = this.size;
    const out = new Float32Array(await this.gpu.stream.runAndRead(commands, this.buffers.out, { signal }));
    return {
      ...ownLosses(out, rows),
      ...(withBaseline && { kl: divergences(out, rows) }),
      ...(withUncertainty && { uncertainty: uncertainties(out, rows) }),
      ...(withRank && { rank: ranks(out, rows) }),
    };
  }

  /** The tiles of the vocabulary. */
  private get ranges(): RowRange[] {
    const { vocabulary } = this.size;
    return Array.from({ length: Math.ceil(vocabulary / this.tile) }, (_, i) => {
      const firstRow = i * this.tile;
      return { firstRow, rows: Math.min(this.tile, vocabulary - firstRow) };
    });
  }

  /** Records the logits of a tile. */
  private fill(range: RowRange, fill: FillTile): Promise<void> {
    const view = (name: string) => ({
      ...{ buffer: this.buffers[name], stride: this.stride },
      ...{ column: 0, width: range.rows },
    });
    return fill(range, view('logits'), this.size.withBaseline ? view('baselineLogits') : undefined);
  }

  private get stride(): number {
    return Math.ceil(this.tile / 4) * 4;
  }

  private get conditions(): Record<string, boolean> {
    return { baseline: this.size.withBaseline, uncertainty: this.size.withUncertainty ?? false };
  }

  private async recordTile(recorder: Recorder, range: RowRange): Promise<void> {
    const { rows, withBaseline, withUncertainty } = this.size;
    const { logits, baselineLogits, states, baselineStates, divergence, spreads, targets } = this.buffers;
    const { conditions } = this;
    await recorder.dispatch(
      { module: 'evaluate/lossTile', conditions },
      {
        params: { rows, stride: this.stride / 4, width: range.rows, column: range.firstRow },
        bindings: {
          targets,
          logits,
          states,
          ...(withBaseline && { baselineLogits, baselineStates, divergence }),
          ...(withUncertainty && { spreads }),
        },
        threads: rows * LANES,
        cost: COST_PER_LOGIT * rows * range.rows * (withBaseline ? 3 : withUncertainty ? 2 : 1),
      },
    );
  }

  private async recordRanks(recorder: Recorder, { firstRow, rows: width }: RowRange): Promise<void> {
    const { rows } = this.size;
    const { logits, out } = this.buffers;
    await recorder.dispatch('evaluate/rankTile', {
      params: { rows, stride: this.stride / 4, width, column: firstRow },
      bindings: { logits, out },
      threads: rows * LANES,
      cost: rows * width,
    });
  }

  private async recordFinish(recorder: Recorder): Promise<void> {
    const { rows, withBaseline, withUncertainty } = this.size;
    const { states, baselineStates, divergence, spreads, out } = this.buffers;
    const { conditions } = this;
    await recorder.dispatch(
      { module: 'evaluate/lossFinish', conditions },
      {
        params: { rows },
        bindings: {
          states,
          out,
          ...(withBaseline && { baselineStates, divergence }),
          ...(withUncertainty && { spreads }),
        },
        threads: rows,
        cost: COST_PER_LOGIT * rows * LANES,
      },
    );
  }
}

function defaultTile(gpu: Gpu, { rows, vocabulary }: ReductionSize): number {
  const fit = Math.floor(Math.min(gpu.maxBindingBytes, TILE_BYTES) / (4 * rows));
  const whole = fit >= TILE_STEP ? Math.floor(fit / TILE_STEP) * TILE_STEP : Math.floor(fit / 4) * 4;
  return Math.max(4, Math.min(whole, vocabulary));
}

function allocate(scope: BufferScope, size: ReductionSize, stride: number): Record<string, GPUBuffer> {
  const { rows, withBaseline, withUncertainty } = size;
  const lanes = rows * LANES;
  const outBytes = size.withRank
    ? STATE_BYTES + 4 * LANES
    : STATE_BYTES * (withBaseline ? 3 : withUncertainty ? 2 : 1);
  const own = {
    targets: scope.allocate(4 * rows, 'targets'),
    logits: scope.allocate(4 * rows * stride, 'logits tile'),
    states: scope.allocate(STATE_BYTES * lanes, 'loss states'),
    out: scope.allocate(rows * outBytes, 'losses'),
    ...(withUncertainty && { spreads: scope.allocate(SPREAD_BYTES * lanes, 'spreads') }),
  };
  if (!withBaseline) return own;
  return {
    ...own,
    baselineLogits: scope.allocate(4 * rows * stride, 'baseline logits tile'),
    baselineStates: scope.allocate(STATE_BYTES * lanes, 'baseline loss states'),
    divergence: scope.allocate(4 * lanes, 'divergence'),
  };
}

/** Computes NLL = maximum + ln(sum) − right from the codec's states [maximum, sum, first arg-max, right] of each row. */
function ownLosses(out: Float32Array, rows: number): Pick<RowLosses, 'nll' | 'top'> {
  const at = (row: number, field: number) => out[4 * row + field];
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

/** Reads the spreads [moment, second largest logit] of each row, which follow its state. */
function uncertainties(out: Float32Array, rows: number): RowUncertainty {
  return rowUncertainty(rows, (row) => {
    const [maximum, sum] = [out[4 * row], out[4 * row + 1]];
    const [moment, second] = [out[4 * (rows + row)], out[4 * (rows + row) + 1]];
    return { sum, moment, gap: maximum - second };
  });
}

/** Joins the counts of larger logits [rows, LANES], which follow the states. */
function ranks(out: Float32Array, rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, r) =>
    out
      .subarray(4 * rows + r * LANES)
      .subarray(0, LANES)
      .reduce((sum, count) => sum + count, 1),
  );
}
