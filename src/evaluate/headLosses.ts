import { throwIfAborted } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { CopyCommand, Recorder } from '../gpu/recorder';
import type { ModelShape } from '../models/architecture';
import { recordHead } from '../runtime/forward/forward';
import type { ActivationView } from '../runtime/linear/linear';
import type { ModelWeights } from '../runtime/forward/weights';
import { IGNORED, LossReduction, type RowLosses } from './reduction';

/** Rows of one head pass: enough that a weight tile is reused well. */
const SOFTWARE_ROWS = 1024;
const HARDWARE_ROWS = 4096;

interface HeadLossesInput {
  shape: ModelShape;
  rows: number;
  codec: ModelWeights;
  /** Also run this head, and compare the two distributions. */
  baseline?: ModelWeights;
}

/**
 * Final hidden states [rows, width] → losses: head and reduction, tile by tile, recorded once. Only scored rows are
 * copied in, so a sliding protocol does not pay for the head of rows it drops.
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

  private constructor(gpu: Gpu, scope: BufferScope, input: HeadLossesInput, reduction: LossReduction) {
    const { rows, shape, baseline } = input;
    this.gpu = gpu;
    this.scope = scope;
    this.rows = rows;
    this.reduction = reduction;
    this.recorder = gpu.recorder();
    this.hidden = hiddenBuffer(scope, rows, shape);
    if (baseline) this.baselineHidden = hiddenBuffer(scope, rows, shape);
  }

  /** The weights stay the caller's. */
  static async create(gpu: Gpu, input: HeadLossesInput): Promise<HeadLosses> {
    const scope = gpu.buffers.scope();
    const { rows, shape, baseline } = input;
    try {
      const size = { rows, vocabulary: shape.program.head.outputs, withBaseline: baseline !== undefined };
      const losses = new HeadLosses(gpu, scope, input, await LossReduction.create(gpu, scope, size));
      await losses.record(input);
      return losses;
    } catch (error) {
      scope.dispose();
      throw error;
    }
  }

  /** The most rows worth one pass on this device; `typical` is what a batch brings. */
  static rowsFor(gpu: Gpu, shape: ModelShape, typical: number): number {
    const binding = Math.floor(gpu.maxBindingBytes / (4 * shape.program.hidden.width));
    const aim = gpu.info.software ? SOFTWARE_ROWS : HARDWARE_ROWS;
    return Math.max(1, Math.min(typical, aim, binding, LossReduction.maxRows(gpu)));
  }

  /**
   * Copies states in and reduces them.
   * @param targets of at most `rows` rows; the rest is ignored
   * @returns losses of exactly targets.length rows
   */
  async run(copies: readonly CopyCommand[], targets: Uint32Array, signal?: AbortSignal): Promise<RowLosses> {
    const padded = new Uint32Array(this.rows).fill(IGNORED);
    padded.set(targets);
    this.reduction.writeTargets(padded);
    await this.gpu.stream.run([...copies, ...this.recorder.commands], signal);
    const losses = await this.reduction.read();
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

function firstRows({ nll, top, kl }: RowLosses, count: number): RowLosses {
  return {
    nll: nll.subarray(0, count),
    top: top.subarray(0, count),
    ...(kl && { kl: kl.subarray(0, count) }),
  };
}

/** Copies rows [source, source + rows) of one view to rows from `target` on of another of the same width. */
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
