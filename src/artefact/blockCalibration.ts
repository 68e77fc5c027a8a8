import { tokenCounts, type Calibration } from '../calibrate/calibration';
import type { InputStatistics } from '../calibrate/inputs';
import { openWalk, type CalibrationDevice } from '../calibrate/openWalk';
import type { CalibrationBatches, CalibrationWalk, CollectedInputs } from '../calibrate/walk';
import type { ModelShape, TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { stagesOf } from '../models/program';
import type { Processor } from './processor';
import { isInScope, type Recipe } from './recipe';
import { WorkingWeights } from './workingWeights';

const NO_INPUTS: CollectedInputs = { byWeight: new Map(), dispose: () => undefined };

/** The calibration of a model that is carried through its blocks one by one. */
export interface BlockCalibration extends Calibration {
  /** The statistics that `float` lacks, for assigners, which need them before anything is encoded. */
  inputs: BlockInputs;
}

/**
 * Collects what encoding block by block needs of the float32 model, with one block of its weights at a time: the
 * input of a tied head, which is coded before the blocks. If no tied head is coded, the float32 model is not run. The caller frees
 * `float` and `inputs`.
 * @throws LabError out-of-memory, and what reading the weights throws; Cancelled. Nothing stays allocated then.
 */
export async function openBlockCalibration(
  processor: Processor,
  device: CalibrationDevice,
  model: Model,
  { scope }: Pick<Recipe, 'scope'>,
  batches: CalibrationBatches,
  signal?: AbortSignal,
): Promise<BlockCalibration> {
  const { shape } = model;
  const open = (stop?: AbortSignal) => openWalk(device, shape, batches, stop);
  const inputs = new BlockInputs(processor, model, open);
  const codesTiedHead = shape.tiedHead && isInScope(headOf(shape), scope);
  const float = codesTiedHead ? await inputs.ofHead(signal) : NO_INPUTS;
  return { openWalk: open, float, rowCounts: tokenCounts(shape, batches), inputs };
}

/** A walk through the float32 model, with the weights it needs at the moment. */
interface OpenPass {
  walk: CalibrationWalk;
  weights: WorkingWeights;
  /** The first block that the states have not passed yet. */
  next: number;
}

/**
 * The statistics of the layers of the float32 model, with the weights and statistics of one block in memory. Tensors should be asked for in
 * the order of the model: for one of an earlier block, the float32 model is run again from its beginning.
 */
export class BlockInputs {
  private readonly processor: Processor;
  private readonly model: Model;
  private readonly open: (signal?: AbortSignal) => Promise<CalibrationWalk>;
  private pass: OpenPass | undefined;
  /** The statistics of a block, or those of the head, whose number is that of the blocks. */
  private held: { part: number; inputs: CollectedInputs } | undefined;

  constructor(processor: Processor, model: Model, open: (signal?: AbortSignal) => Promise<CalibrationWalk>) {
    this.processor = processor;
    this.model = model;
    this.open = open;
  }

  /**
   * Returns the statistics of a layer's input, which are valid until a tensor of another block is asked for; undefined for a tensor that
   * is not the weight of a layer.
   * @throws LabError; Cancelled. Nothing stays allocated then.
   */
  async of({ name, block }: TensorSpec, signal?: AbortSignal): Promise<InputStatistics | undefined> {
    const { program } = this.model.shape;
    const part = name === program.head.weight ? program.blocks.length : block;
    if (part === undefined) return undefined;
    if (this.held?.part !== part) this.held = { part, inputs: await this.collect(part, signal) };
    return this.held.inputs.byWeight.get(name);
  }

  /** Returns the statistics of the head's input, which the caller frees. @throws as `of` */
  async ofHead(signal?: AbortSignal): Promise<CollectedInputs> {
    const inputs = await this.collect(this.model.shape.program.blocks.length, signal);
    this.release();
    return inputs;
  }

  /** Frees everything. A tensor that is asked for afterwards takes a new run of the model. */
  release(): void {
    this.held?.inputs.dispose();
    this.held = undefined;
    this.pass?.walk.dispose();
    this.pass?.weights.dispose();
    this.pass = undefined;
  }

  private async collect(part: number, signal?: AbortSignal): Promise<CollectedInputs> {
    if (this.pass && part < this.pass.next) this.release();
    this.held?.inputs.dispose();
    this.held = undefined;
    try {
      const pass = (this.pass ??= await this.begin(signal));
      while (pass.next < part)
        await this.through(pass, () => pass.walk.advance(pass.next, pass.weights.view));
      if (part === this.model.shape.program.blocks.length)
        return await pass.walk.collectHead(pass.weights.view);
      return await this.through(pass, () => pass.walk.collectAndAdvance(part, pass.weights.view));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Runs the embedding. Afterwards only the weights of the final norm stay. */
  private async begin(signal?: AbortSignal): Promise<OpenPass> {
    const { shape } = this.model;
    const stages = stagesOf(shape);
    const walk = await this.open(signal);
    const weights = new WorkingWeights(this.processor, this.model);
    try {
      await weights.load(stages[0].tensors);
      await walk.begin(weights.view);
      weights.release(stages[0].tensors);
      await weights.load(stages.at(-1)!.tensors);
      return { walk, weights, next: 0 };
    } catch (error) {
      walk.dispose();
      weights.dispose();
      throw error;
    }
  }

  /** Does work with the weights of the next block. */
  private async through<T>(pass: OpenPass, work: () => Promise<T>): Promise<T> {
    const tensors = this.model.shape.tensors.filter(({ block }) => block === pass.next);
    await pass.weights.load(tensors);
    const result = await work();
    pass.weights.release(tensors);
    pass.next++;
    return result;
  }
}

function headOf({ tensors, program }: ModelShape): TensorSpec {
  return tensors.find(({ name }) => name === program.head.weight)!;
}
