import { throwIfAborted } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { CopyCommand, Recorder } from '../gpu/recorder';
import type { ModelShape } from '../models/architecture';
import { recordHead } from '../runtime/forward/forward';
import type { ActivationView } from '../runtime/linear/linear';
import type { WeightsByName } from '../runtime/forward/weights';
import { IGNORED, LossReduction, type RowLosses } from './reduction';
import { someUncertainty } from './uncertainty';

/** Rows of one head pass, enough that each tile of weights is reused well. */
const SOFTWARE_ROWS = 1024;
const HARDWARE_ROWS = 4096;

interface HeadLossesInput {
  shape: ModelShape;
  rows: number;
  codec: WeightsByName;
  /** Also runs this head and compares the two distributions. */
  baseline?: WeightsByName;
  /** Also computes the uncertainty of each row; not beside a baseline. */
  withUncertainty?: boolean;
  /** Also computes the rank of each target; not beside a baseline or uncertainty. */
  withRank?: boolean;
}

/**
 * Turns final hidden states [rows, width] into losses: head and reduction, tile by tile, recorded once. Only scored rows
 * are copied in, so that a sliding protocol does not compute the head of rows it drops.
 */
export class HeadLosses {
  /** Where the caller copies hidden states before `run`. */
  readonly hidden: ActivationView;
  readonly baselineHidden?: ActivationView;
  readonly rows: number;
  private readonly gpu: Gpu;
  private readonly scope: BufferScope;
  private readonly recorder: Recorder;
  private readonly reduction: LossReduction;

  private constructor(
    gpu: Gpu,
    scope: BufferScope,
    { rows, shape, baseline, withUncertainty, withRank }: HeadLossesInput,
  ) {
    const { outputs: vocabulary } = shape.program.head;
    const size = { rows, vocabulary, withBaseline: baseline !== undefined, withUncertainty, withRank };
    this.gpu = gpu;
    this.scope = scope;
    this.rows = rows;
    this.reduction = new LossReduction(gpu, scope, size);
    this.recorder = gpu.recorder();
    this.hidden = hiddenBuffer(scope, rows, shape);
    if (baseline) this.baselineHidden = hiddenBuffer(scope, rows, shape);
  }

  /** Records head and reduction. The weights stay the caller's. */
  static async create(gpu: Gpu, input: HeadLossesInput): Promise<HeadLosses> {
    const scope = gpu.buffers.scope();
    try {
      const losses = new HeadLosses(gpu, scope, input);
      await losses.record(input);
      return losses;
    } catch (error) {
      scope.dispose();
      throw error;
    }
  }

  /**
   * The rows of one pass on this device.
   * @param typical scored rows of a usual batch
   */
  static rowsFor(gpu: Gpu, shape: ModelShape, typical: number): number {
    const binding = Math.floor(gpu.maxBindingBytes / (4 * shape.program.hidden.width));
    const aim = gpu.info.software ? SOFTWARE_ROWS : HARDWARE_ROWS;
    return Math.max(1, Math.min(typical, aim, binding, LossReduction.maxRows(gpu)));
  }

  /**
   * Copies states in and reduces them.
   * @param copies fill the first `targets.length` rows of `hidden` and `baselineHidden`
   * @param targets the right token or class of each row, at most `rows` of them
   * @returns losses [targets.length]
   */
  async run(copies: readonly CopyCommand[], targets: Uint32Array, signal?: AbortSignal): Promise<RowLosses> {
    const padded = new Uint32Array(this.rows).fill(IGNORED);
    padded.set(targets);
    this.reduction.writeTargets(padded);
    const losses = await this.reduction.run([...copies, ...this.recorder.commands], signal);
    throwIfAborted(signal);
    return firstRows(losses, targets.length);
  }

  dispose(): void {
    this.recorder.dispose();
    this.scope.dispose();
  }

  private async record({ shape, rows, codec, baseline }: HeadLossesInput): Promise<void> {
    const { gpu, recorder } = this;
    try {
      await this.reduction.record(recorder, async (range, into, baselineInto) => {
        await recordHead({ gpu, recorder, weights: codec, shape }, this.hidden, into, rows, range);
        if (baseline && this.baselineHidden && baselineInto) {
          const at = { gpu, recorder, weights: baseline, shape };
          await recordHead(at, this.baselineHidden, baselineInto, rows, range);
        }
      });
    } catch (error) {
      recorder.dispose();
      throw error;
    }
  }
}

function hiddenBuffer(scope: BufferScope, rows: number, shape: ModelShape): ActivationView {
  const { width } = shape.program.hidden;
  return { buffer: scope.allocate(4 * rows * width, 'scored states'), stride: width, column: 0, width };
}

function firstRows({ nll, top, kl, uncertainty, rank }: RowLosses, count: number): RowLosses {
  return {
    nll: nll.subarray(0, count),
    top: top.subarray(0, count),
    ...(kl && { kl: kl.subarray(0, count) }),
    ...(uncertainty && { uncertainty: someUncertainty(uncertainty, 0, count) }),
    ...(rank && { rank: rank.subarray(0, count) }),
  };
}

/**
 * Makes the commands that copy rows [source, source + rows) of one view to rows [target, target + rows) of another of
 * its width.
 */
export function copyRows(
  from: ActivationView,
  to: ActivationView,
  { source, target, rows }: { source: number; target: number; rows: number },
): CopyCommand[] {
  const whole = from.stride === from.width && to.stride === to.width;
  const pieces = whole ? 1 : rows;
  const rowsEach = whole ? rows : 1;
  return Array.from({ length: pieces }, (_, i) => ({
    kind: 'copy' as const,
    label: 'scored states',
    source: from.buffer,
    sourceOffset: 4 * ((source + i) * from.stride + from.column),
    target: to.buffer,
    targetOffset: 4 * ((target + i) * to.stride + to.column),
    bytes: 4 * rowsEach * from.width,
    cost: rowsEach * from.width,
  }));
}
