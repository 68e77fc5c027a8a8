import type { Gpu } from '../gpu/gpu';
import type { ModelShape, StepOf } from '../models/architecture';
import type { LinearInput } from '../models/linearInputs';
import { BlockWalk } from '../runtime/forward/blockWalk';
import { GpuOps, type GpuOpsOptions } from '../runtime/forward/gpuOps';
import type { ActivationView } from '../runtime/linear/linear';
import { releaseMatrix } from '../runtime/linear/matrix';
import { gpuWeights, type WeightValues } from '../runtime/forward/weights';
import { InputCollector } from './collector';
import type { LayerInputs } from './inputs';
import { CalibrationWalk, type CalibrationBatches, type CollectedInputs, type WalkPart } from './walk';

/** A walk on the GPU, where the states stay and the statistics are left. */
export class GpuWalk extends CalibrationWalk<LayerInputs> {
  private readonly gpu: Gpu;
  private readonly walk: BlockWalk;

  constructor(gpu: Gpu, shape: ModelShape, source: CalibrationBatches, signal?: AbortSignal) {
    super(shape, source, signal);
    const { batches, sequences, length } = source;
    this.gpu = gpu;
    const input = { count: batches.length, batch: (i: number) => batches[i], sequences, length };
    this.walk = new BlockWalk(gpu, shape, input, signal);
  }

  dispose(): void {
    this.walk.dispose();
  }

  protected async pass(part: WalkPart, weights: WeightValues): Promise<CollectedInputs<LayerInputs>> {
    const { steps, reads, saves, collects, head } = part;
    const collectors = new Map<LinearInput, InputCollector>();
    const operations = (options: GpuOpsOptions) =>
      new CollectingOps(options, this.groups, collectors, this.source.batches.length);
    const record = async (ops: GpuOps): Promise<void> => {
      if (head !== undefined && ops instanceof CollectingOps) await ops.collectHead(head, this.shape);
    };
    try {
      await this.walk.pass(steps, gpuWeights(weights), {
        reads,
        saves,
        ...(collects && { operations, record }),
      });
      return await this.finish(collectors);
    } finally {
      for (const collector of collectors.values()) collector.dispose();
    }
  }

  private async finish(
    collectors: ReadonlyMap<LinearInput, InputCollector>,
  ): Promise<CollectedInputs<LayerInputs>> {
    const { buffers } = this.gpu;
    const byWeight = new Map<string, LayerInputs>();
    for (const [{ weights }, collector] of collectors) {
      const inputs = await collector.finish();
      for (const name of weights) byWeight.set(name, inputs);
    }
    const dispose = () => new Set(byWeight.values()).forEach(({ gram }) => releaseMatrix(buffers, gram));
    return { byWeight, dispose };
  }
}

/** Records a forward pass and collects the inputs of its linear layers. */
class CollectingOps extends GpuOps {
  private readonly options: GpuOpsOptions;
  private readonly groups: readonly LinearInput[];
  private readonly collectors: Map<LinearInput, InputCollector>;
  private readonly batches: number;

  constructor(
    options: GpuOpsOptions,
    groups: readonly LinearInput[],
    collectors: Map<LinearInput, InputCollector>,
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
    if (!group || this.collectors.has(group)) return;
    const collector = new InputCollector(gpu, group.width, rows * this.batches);
    this.collectors.set(group, collector);
    await collector.record(recorder, scope, x, rows);
  }
}
