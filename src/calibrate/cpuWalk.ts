import { throwIfAborted } from '../base/errors';
import type { ModelShape } from '../models/architecture';
import type { LinearInput } from '../models/linearInputs';
import type { OnnxRuntime, Tensor } from '../onnx/runtime';
import { conditionFeeds } from '../onnx/conditions';
import { floatTensor, GraphSession, integerTensor, type Tensors } from '../onnx/session';
import { weightFeeds } from '../onnx/weights';
import type { WeightValues } from '../runtime/forward/weights';
import type { Matrix } from '../runtime/linear/matrix';
import type { InputStatistics } from './inputs';
import {
  emitStatistics,
  rowsName,
  stateName,
  statisticNames,
  updated,
  type StatisticsGraph,
} from './statisticsGraph';
import { stepInputs, type StepInputs } from './steps';
import { CalibrationWalk, type CalibrationBatches, type CollectedInputs, type WalkPart } from './walk';

/** Where a walk on the CPU puts its Gram matrices. */
export interface GramMemory {
  keep(values: Float32Array, columns: number): Matrix;
  release(gram: Matrix): void;
}

/**
 * A walk by ONNX Runtime on the CPU. A block is a graph that is fed the block's weights and the states, and that computes the sums of
 * the statistics, so that only states and sums are copied.
 */
export class CpuWalk extends CalibrationWalk {
  private readonly runtime: OnnxRuntime;
  private readonly memory: GramMemory;
  /** The states of each batch, by the names of the inputs they are fed to. */
  private readonly states: Tensors[];

  constructor(
    runtime: OnnxRuntime,
    memory: GramMemory,
    shape: ModelShape,
    source: CalibrationBatches,
    signal?: AbortSignal,
  ) {
    super(shape, source, signal);
    this.runtime = runtime;
    this.memory = memory;
    this.states = source.batches.map(() => ({}));
  }

  dispose(): void {
    this.states.length = 0;
  }

  protected async pass(part: WalkPart, weights: WeightValues): Promise<CollectedInputs> {
    const { shape, length, carried, groups, runtime, signal } = this;
    throwIfAborted(signal);
    const withRows = this.source.conditions !== undefined;
    const graph = await emitStatistics(shape, length, { ...part, withRows }, carried, groups);
    const weightTensors = await this.weightTensors(graph, weights);
    const session = await GraphSession.open(runtime, graph);
    let sums = this.emptySums(graph.collected);
    const steps = new Map<LinearInput, StepInputs[]>();
    try {
      for (const batch of this.source.batches.keys()) {
        throwIfAborted(signal);
        const outputs = await session.run({ ...weightTensors, ...this.input(graph, batch), ...sums });
        sums = updates(Object.keys(sums), outputs);
        this.addSteps(steps, graph, batch, outputs);
        if (part.saves) this.states[batch] = updates(carried.map(stateName), outputs);
      }
    } finally {
      await session.release();
    }
    return this.finish(graph.collected, part, sums, steps);
  }

  /** Sums up what layers read in a batch, which is a time step of a diffusion model. */
  private addSteps(
    steps: Map<LinearInput, StepInputs[]>,
    { collected }: StatisticsGraph,
    batch: number,
    outputs: Tensors,
  ): void {
    const conditions = this.source.conditions?.[batch];
    if (!conditions) return;
    for (const group of collected) {
      const inputs = stepInputs(conditions.timesteps[0], floats(outputs[rowsName(group)]), group.width);
      steps.set(group, [...(steps.get(group) ?? []), inputs]);
    }
  }

  private async weightTensors(graph: StatisticsGraph, weights: WeightValues): Promise<Tensors> {
    const values = new Map<string, Float32Array>();
    for (const { name } of graph.weights) values.set(name, await weights.values(name));
    return weightFeeds(this.runtime, graph.weights, values);
  }

  /** Returns the sums of no rows. */
  private emptySums(collected: readonly LinearInput[]): Tensors {
    const zeros = (...dims: number[]) =>
      floatTensor(this.runtime, new Float32Array(dims.reduce((a, b) => a * b)), dims);
    const tensors: Tensors = {};
    for (const group of collected) {
      const { gram, sums, largest } = statisticNames(group);
      const { width } = group;
      Object.assign(tensors, { [gram]: zeros(width, width), [sums]: zeros(width), [largest]: zeros(width) });
    }
    return tensors;
  }

  /** Returns what a part begins with: the states of a batch, or its tokens or pixels, and the conditions of a diffusion model. */
  private input({ input }: StatisticsGraph, index: number): Tensors {
    const { runtime, shape, source } = this;
    const conditions = source.conditions?.[index];
    return {
      ...(input ? this.beginning(input, index) : this.states[index]),
      ...(conditions && conditionFeeds(runtime, shape, conditions)),
    };
  }

  private beginning(input: string, index: number): Tensors {
    const { runtime, shape, source } = this;
    const { sequences, length } = source;
    const batch = source.batches[index];
    if (batch instanceof Uint32Array) return { [input]: integerTensor(runtime, batch, [sequences, length]) };
    const { channels, size } = shape.image!;
    return { [input]: floatTensor(runtime, batch, [sequences, channels, size, size]) };
  }

  private finish(
    collected: readonly LinearInput[],
    { head }: WalkPart,
    sums: Tensors,
    steps: ReadonlyMap<LinearInput, StepInputs[]>,
  ): CollectedInputs {
    const byWeight = new Map<string, InputStatistics>();
    for (const group of collected) {
      const own = steps.get(group)?.sort((a, b) => a.timestep - b.timestep);
      const inputs = { ...this.inputsOf(group, head, sums), ...(own && { steps: own }) };
      for (const name of group.weights) byWeight.set(name, inputs);
    }
    const dispose = () => new Set(byWeight.values()).forEach(({ gram }) => this.memory.release(gram));
    return { byWeight, dispose };
  }

  private inputsOf(group: LinearInput, head: string | undefined, sums: Tensors): InputStatistics {
    const samples = this.samplesOf(group, head);
    const names = statisticNames(group);
    const mean = (sum: number) => sum / samples;
    return {
      columns: group.width,
      samples,
      gram: this.memory.keep(floats(sums[names.gram]).map(mean), group.width),
      meanAbs: floats(sums[names.sums]).map(mean),
      maxAbs: floats(sums[names.largest]),
    };
  }
}

function floats({ data }: Tensor): Float32Array {
  return data as Float32Array;
}

/** Returns the updated values of some inputs, by the names of the inputs. */
function updates(names: readonly string[], outputs: Tensors): Tensors {
  return Object.fromEntries(names.map((name) => [name, outputs[updated(name)]]));
}
