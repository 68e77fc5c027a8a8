import { throwIfAborted } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import { interpret, type ModelShape, type Step, type StepOf, type Value } from '../models/architecture';
import { linearInputs, type LinearInput } from '../models/linearInputs';
import { stepValues, valueWidths } from '../models/program';
import { GpuOps, type GpuOpsOptions } from '../runtime/forward/gpuOps';
import type { ActivationView } from '../runtime/linear/linear';
import { releaseMatrix } from '../runtime/linear/matrix';
import type { WeightsByName } from '../runtime/forward/weights';
import { InputCollector } from './collector';
import type { LayerInputs } from './inputs';

/** Windows or images to calibrate on, in batches of one size. */
export interface CalibrationBatches {
  /** Batches of token ids [sequences · length], or of pixels [sequences, channels, size, size]. */
  batches: readonly (Uint32Array | Float32Array)[];
  /** Number of windows or images per batch. */
  sequences: number;
  /** Number of tokens per window; ignored for images. */
  length: number;
}

/** Input statistics by the name of the weight; layers that share an input share one object. */
export interface CollectedInputs {
  byWeight: ReadonlyMap<string, LayerInputs>;
  dispose(): void;
}

/**
 * Carries calibration activations through a model block by block. The states between blocks stay on the GPU, and the weights
 * of one block are needed at a time. `collect` returns the statistics of the inputs of a block's layers; `advance` replaces
 * the states by the block's outputs. With compressed weights the next block gets the inputs it will have in the compressed
 * model.
 */
export class CalibrationWalk {
  private readonly gpu: Gpu;
  private readonly shape: ModelShape;
  private readonly source: CalibrationBatches;
  private readonly signal?: AbortSignal;
  private readonly scope: BufferScope;
  private readonly groups: readonly LinearInput[];
  /** For each batch, the buffers of the values that pass from block to block, by name. */
  private readonly states: readonly ReadonlyMap<string, GPUBuffer>[];
  private readonly carried: readonly Value[];

  constructor(gpu: Gpu, shape: ModelShape, source: CalibrationBatches, signal?: AbortSignal) {
    this.gpu = gpu;
    this.shape = shape;
    this.source = source;
    this.signal = signal;
    this.scope = gpu.buffers.scope();
    this.groups = linearInputs(shape.program);
    this.carried = carriedValues(shape);
    this.states = source.batches.map(
      () =>
        new Map(this.carried.map((v) => [v.name, this.scope.allocate(4 * this.tokens * v.width, v.name)])),
    );
  }

  /** Number of tokens per batch. */
  private get tokens(): number {
    return this.source.sequences * (this.shape.image?.tokens ?? this.source.length);
  }

  /** Runs the embedding, which gives the states before the first block. */
  async begin(weights: WeightsByName): Promise<void> {
    await this.pass(this.shape.program.prologue, weights, { reads: false, saves: true });
  }

  /** Returns the input statistics of the linear layers of a block. The states are unchanged. */
  async collect(block: number, weights: WeightsByName): Promise<CollectedInputs> {
    return this.collecting(this.shape.program.blocks[block], weights, false);
  }

  /** `collect` followed by `advance` with the same weights, in one pass. */
  async collectAndAdvance(block: number, weights: WeightsByName): Promise<CollectedInputs> {
    return this.collecting(this.shape.program.blocks[block], weights, true);
  }

  /** Runs a block and keeps its outputs as the states. */
  async advance(block: number, weights: WeightsByName): Promise<void> {
    await this.pass(this.shape.program.blocks[block], weights, { reads: true, saves: true });
  }

  /** Returns the input statistics of the head, after the last block. */
  async collectHead(weights: WeightsByName): Promise<CollectedInputs> {
    return this.collecting(this.shape.program.epilogue, weights, false, this.shape.program.head.weight);
  }

  dispose(): void {
    this.scope.dispose();
  }

  private async collecting(
    steps: readonly Step[],
    weights: WeightsByName,
    saves: boolean,
    head?: string,
  ): Promise<CollectedInputs> {
    const collectors = new Map<LinearInput, InputCollector>();
    try {
      await this.pass(steps, weights, { reads: true, saves, collectors, head });
      return await this.finish(collectors);
    } finally {
      for (const collector of collectors.values()) collector.dispose();
    }
  }

  private async finish(collectors: ReadonlyMap<LinearInput, InputCollector>): Promise<CollectedInputs> {
    const { buffers } = this.gpu;
    const byWeight = new Map<string, LayerInputs>();
    for (const [{ weights }, collector] of collectors) {
      const inputs = await collector.finish();
      for (const name of weights) byWeight.set(name, inputs);
    }
    const dispose = () => new Set(byWeight.values()).forEach(({ gram }) => releaseMatrix(buffers, gram));
    return { byWeight, dispose };
  }

  /** Records `steps` once and runs them for every batch. */
  private async pass(steps: readonly Step[], weights: WeightsByName, how: PassOptions): Promise<void> {
    throwIfAborted(this.signal);
    const { gpu, shape, source, signal } = this;
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    try {
      const input = scope.allocate(source.batches[0].byteLength, 'calibration input');
      const ops = this.operations({ recorder, scope, weights, input }, how);
      await interpret(steps, ops);
      if (how.head !== undefined) await ops.collectHead(how.head, shape);
      for (const [i, batch] of source.batches.entries()) {
        if (!how.reads) gpu.buffers.write(input, batch);
        if (how.reads) await this.copyStates(i, ops, 'in');
        await gpu.stream.run(recorder.commands, signal);
        if (how.saves) await this.copyStates(i, ops, 'out');
      }
    } finally {
      recorder.dispose();
      scope.dispose();
    }
  }

  private operations(
    at: Pick<GpuOpsOptions, 'recorder' | 'scope' | 'weights' | 'input'>,
    { collectors }: PassOptions,
  ): CollectingOps {
    const { gpu, shape, source } = this;
    const length = shape.image?.tokens ?? source.length;
    const layout = { sequences: source.sequences, length, state: at.scope.allocate(4, 'position') };
    const options = { ...at, gpu, program: shape.program, layout, positions: length };
    return new CollectingOps(options, this.groups, collectors, source.batches.length);
  }

  private async copyStates(batch: number, ops: GpuOps, direction: 'in' | 'out'): Promise<void> {
    const recorder = this.gpu.recorder();
    for (const value of this.carried) {
      const state = this.states[batch].get(value.name)!;
      const { buffer } = ops.view(value);
      const [source, target] = direction === 'in' ? [state, buffer] : [buffer, state];
      recorder.copy({
        label: value.name,
        source,
        target,
        sourceOffset: 0,
        targetOffset: 0,
        bytes: state.size,
      });
    }
    await this.gpu.stream.run(recorder.commands, this.signal);
    recorder.dispose();
  }
}

interface PassOptions {
  reads: boolean;
  saves: boolean;
  collectors?: Map<LinearInput, InputCollector>;
  head?: string;
}

/** Records a forward pass and collects the inputs of its linear layers. */
class CollectingOps extends GpuOps {
  private readonly options: GpuOpsOptions;
  private readonly groups: readonly LinearInput[];
  private readonly collectors?: Map<LinearInput, InputCollector>;
  private readonly batches: number;

  constructor(
    options: GpuOpsOptions,
    groups: readonly LinearInput[],
    collectors: Map<LinearInput, InputCollector> | undefined,
    batches: number,
  ) {
    super(options);
    this.options = options;
    this.groups = groups;
    this.collectors = collectors;
    this.batches = batches;
  }

  override async linear(step: StepOf<'linear'>): Promise<void> {
    const { sequences, length } = this.options.layout;
    await this.collectInput(step.weight, this.view(step.input), sequences * length);
    await super.linear(step);
  }

  /** Collects the input of the head, which for images is the first token only. */
  async collectHead(weight: string, { program, image }: ModelShape): Promise<void> {
    const { sequences, length } = this.options.layout;
    const view = this.view(program.hidden);
    const rows = image ? sequences : sequences * length;
    await this.collectInput(weight, image ? { ...view, stride: view.stride * length } : view, rows);
  }

  private async collectInput(weight: string, x: ActivationView, rows: number): Promise<void> {
    const { gpu, recorder, scope } = this.options;
    const group = this.groups.find(({ weights }) => weights.includes(weight));
    if (!group || !this.collectors || this.collectors.has(group)) return;
    const collector = new InputCollector(gpu, group.width, rows * this.batches);
    this.collectors.set(group, collector);
    await collector.record(recorder, scope, x, rows);
  }
}

/** Returns the values that a block or the epilogue reads before it has written them. */
function carriedValues({ program }: ModelShape): Value[] {
  const carried = new Set<string>();
  for (const steps of [...program.blocks, program.epilogue]) {
    const written = new Set<string>();
    for (const step of steps) {
      const { reads, writes } = stepValues(step);
      for (const { name } of reads) if (!written.has(name)) carried.add(name);
      for (const { name } of writes) written.add(name);
    }
  }
  const widths = valueWidths(program);
  return [...carried].map((name) => ({ name, width: widths.get(name)! }));
}
