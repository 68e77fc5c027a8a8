import { throwIfAborted } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import { interpret, type ModelShape, type StepOf } from '../models/architecture';
import type { LinearInput } from '../models/linearInputs';
import { GpuOps, type GpuOpsOptions } from '../runtime/forward/gpuOps';
import type { ActivationView } from '../runtime/linear/linear';
import { releaseMatrix } from '../runtime/linear/matrix';
import type { WeightsByName } from '../runtime/forward/weights';
import { InputCollector } from './collector';
import type { LayerInputs } from './inputs';
import { CalibrationWalk, type CalibrationBatches, type CollectedInputs, type WalkPart } from './walk';

/** A walk on the GPU, where the states stay and the statistics are left. */
export class GpuWalk extends CalibrationWalk<WeightsByName, LayerInputs> {
  private readonly gpu: Gpu;
  private readonly scope: BufferScope;
  /** For each batch, the buffers of the values that pass from block to block, by name. */
  private readonly states: readonly ReadonlyMap<string, GPUBuffer>[];

  constructor(gpu: Gpu, shape: ModelShape, source: CalibrationBatches, signal?: AbortSignal) {
    super(shape, source, signal);
    this.gpu = gpu;
    this.scope = gpu.buffers.scope();
    const tokens = source.sequences * this.length;
    this.states = source.batches.map(
      () => new Map(this.carried.map((v) => [v.name, this.scope.allocate(4 * tokens * v.width, v.name)])),
    );
  }

  dispose(): void {
    this.scope.dispose();
  }

  protected async pass(part: WalkPart, weights: WeightsByName): Promise<CollectedInputs> {
    const collectors = new Map<LinearInput, InputCollector>();
    try {
      await this.run(part, weights, collectors);
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

  /** Records the steps once and runs them for every batch. */
  private async run(
    { steps, reads, saves, collects, head }: WalkPart,
    weights: WeightsByName,
    collectors: Map<LinearInput, InputCollector>,
  ): Promise<void> {
    throwIfAborted(this.signal);
    const { gpu, shape, source, signal } = this;
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    try {
      const input = scope.allocate(source.batches[0].byteLength, 'calibration input');
      const ops = this.operations({ recorder, scope, weights, input }, collects ? collectors : undefined);
      await interpret(steps, ops);
      if (head !== undefined) await ops.collectHead(head, shape);
      for (const [i, batch] of source.batches.entries()) {
        if (!reads) gpu.buffers.write(input, batch);
        if (reads) await this.copyStates(i, ops, 'in');
        await gpu.stream.run(recorder.commands, signal);
        if (saves) await this.copyStates(i, ops, 'out');
      }
    } finally {
      recorder.dispose();
      scope.dispose();
    }
  }

  private operations(
    at: Pick<GpuOpsOptions, 'recorder' | 'scope' | 'weights' | 'input'>,
    collectors: Map<LinearInput, InputCollector> | undefined,
  ): CollectingOps {
    const { gpu, shape, source, length } = this;
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
