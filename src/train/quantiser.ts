import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { RecordContext } from '../runtime/ops/context';
import type { QatOptions } from './options';
import { dispatchRanges } from '../gpu/dispatchCost';
import { groupParams, quantiserGroups, type QuantiserGroups } from './quantiserGroups';
import {
  absoluteState,
  recordAbsolute,
  recordLearned,
  recordStatistic,
  type AbsoluteState,
  type ScaleBuffers,
} from './quantiserScales';

/** The buffer that a recording reads in every step: the u32 index of the step and the float32 threshold of rule t81. */
export class QuantiserStep {
  readonly buffer: GPUBuffer;
  private readonly gpu: Gpu;

  constructor(gpu: Gpu, scope: BufferScope) {
    this.gpu = gpu;
    this.buffer = scope.allocate(8, 'quantiser step');
  }

  write(index: number, threshold = 0): void {
    const words = Uint32Array.of(index, 0);
    new Float32Array(words.buffer)[1] = threshold;
    this.gpu.buffers.write(this.buffer, words);
  }
}

export interface QuantiserInput {
  label: string;
  matrix: readonly [number, number];
  /** Latent weights, float32 [rows, columns]. */
  weights: GPUBuffer;
  options: QatOptions;
  step: QuantiserStep;
  /** Key and stream of the keyed generator for stochastic rounding. */
  seed: number;
  stream: number;
}

/** Learned scales, a parameter per group, with their gradients. */
export interface LearnedScales {
  values: GPUBuffer;
  gradient: GPUBuffer;
  count: number;
}

/**
 * Fake quantisation of a tensor. `output` holds its latent weights rounded to −scale, 0 or scale by group, with scales rounded
 * to float16 as codec `ternary` stores them. Gradients pass through a straight-through estimator. The scope owns the buffers.
 */
export class TensorQuantiser {
  readonly output: GPUBuffer;
  readonly learned?: LearnedScales;
  /** The moving average behind t81's scale: [0] as of the last finished step, [1] with this step's weights. */
  readonly average?: GPUBuffer;
  readonly groups: QuantiserGroups;
  private readonly input: QuantiserInput;
  private readonly buffers: ScaleBuffers;
  private readonly absolute?: AbsoluteState;

  constructor(scope: BufferScope, input: QuantiserInput) {
    const { label, matrix, weights, options } = input;
    const groups = quantiserGroups(matrix, options);
    const perGroup = (what: string) => scope.allocate(4 * groups.count, `${label} ${what}`);
    this.input = input;
    this.groups = groups;
    this.output = scope.allocate(4 * matrix[0] * matrix[1], `${label} rounded`);
    this.buffers = { groups, weights, scales: perGroup('scales'), cuts: perGroup('cuts') };
    if (options.rule === 't81') this.absolute = absoluteState(scope, groups, label);
    this.average = this.absolute?.average;
    if (options.scale === 'learned')
      this.learned = {
        values: perGroup('learned scales'),
        gradient: perGroup('scale gradient'),
        count: groups.count,
      };
  }

  /** Records the initial values of learned scales: the rule's scales of the current weights. */
  async recordInitial(context: RecordContext): Promise<void> {
    const { rule } = this.input.options;
    if (!this.learned || rule === 't81') return;
    await recordStatistic(context, rule, this.buffers);
    const { values: target, count } = this.learned;
    const whole = { sourceOffset: 0, targetOffset: 0, bytes: 4 * count };
    context.recorder.copy({ label: 'initial scales', source: this.buffers.scales, target, ...whole });
  }

  /** Records the scales, then `output`. @param stochastic false rounds to nearest, as for evaluation */
  async recordForward(context: RecordContext, stochastic = this.input.options.stochastic): Promise<void> {
    await this.recordScales(context);
    const { gpu, recorder } = context;
    const { options, step, seed, stream } = this.input;
    const { groups, weights, scales, cuts } = this.buffers;
    const conditions = { stochastic, absolute: options.rule === 't81' };
    const kernel = { module: 'train/fakeTernary', conditions };
    const draws = { seedLow: seed >>> 0, seedHigh: Math.floor(seed / 2 ** 32) >>> 0, stream };
    for (const { first, last, cost } of dispatchRanges(
      gpu,
      groups.rows * groups.columns,
      stochastic ? 80 : 10,
    ))
      await recorder.dispatch(kernel, {
        params: { first, last, ...groupParams(groups), ...draws },
        bindings: { weights, scales, cuts, out: this.output, ...(stochastic && { step: step.buffer }) },
        threads: Math.ceil((last - first) / 4),
        cost,
      });
  }

  /** Records the gradient of learned scales, then, in place, that of the latent weights from that of `output`. */
  async recordBackward(context: RecordContext, gradient: GPUBuffer): Promise<void> {
    if (this.learned) await this.recordScaleGradient(context, gradient, this.learned.gradient);
    const { estimator } = this.input.options;
    if (estimator === 'identity') return;
    const { gpu, recorder } = context;
    const { groups, weights, scales } = this.buffers;
    const kernel = { module: 'train/straightThrough', conditions: { box: estimator === 'box' } };
    for (const { first, last, cost } of dispatchRanges(gpu, groups.rows * groups.columns, 8))
      await recorder.dispatch(kernel, {
        params: { first, last, ...groupParams(groups) },
        bindings: { weights, scales, gradient },
        threads: last - first,
        cost,
      });
  }

  /** Records the end of a step, which keeps the moving average with its weights. */
  recordFinish(recorder: Recorder): void {
    const average = this.absolute?.average;
    if (!average) return;
    // WebGPU cannot copy within a buffer.
    const scratch = recorder.scratch(4, 'moving average');
    const move = { label: 'moving average', bytes: 4 };
    recorder.copy({ ...move, source: average, sourceOffset: 4, target: scratch, targetOffset: 0 });
    recorder.copy({ ...move, source: scratch, sourceOffset: 0, target: average, targetOffset: 0 });
  }

  private async recordScales(context: RecordContext): Promise<void> {
    const { options, step } = this.input;
    if (this.absolute) await recordAbsolute(context, this.absolute, step.buffer, this.buffers);
    else if (this.learned) await recordLearned(context, this.learned.values, this.buffers);
    else if (options.rule !== 't81') await recordStatistic(context, options.rule, this.buffers);
  }

  private async recordScaleGradient(
    { gpu, recorder }: RecordContext,
    gradient: GPUBuffer,
    scaleGradient: GPUBuffer,
  ): Promise<void> {
    const { groups, weights, scales } = this.buffers;
    for (const { first, last, cost } of dispatchRanges(gpu, groups.count, 8 * groups.size, 1))
      await recorder.dispatch('train/lsqScale', {
        params: { firstGroup: first, lastGroup: last, ...groupParams(groups) },
        bindings: { weights, rounded: this.output, scales, gradient, scaleGradient },
        threads: last - first,
        cost,
      });
  }
}
