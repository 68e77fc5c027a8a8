import type { Gpu } from '../gpu/gpu';
import type { ModelShape, StepOf } from '../models/architecture';
import type { LinearInput } from '../models/linearInputs';
import { BlockWalk } from '../runtime/forward/blockWalk';
import { GpuOps, type GpuOpsOptions } from '../runtime/forward/gpuOps';
import type { ActivationView } from '../runtime/linear/linear';
import { releaseMatrix } from '../runtime/linear/matrix';
import { gpuWeights, type WeightValues } from '../runtime/forward/weights';
import { readsClassToken } from '../models/program';
import { InputCollector } from './collector';
import type { LayerInputs } from './inputs';
import { stepInputs, type StepInputs } from './steps';
import { CalibrationWalk, type CalibrationBatches, type CollectedInputs, type WalkPart } from './walk';

/** A walk on the GPU, where the states stay and the statistics are left. */
export class GpuWalk extends CalibrationWalk<LayerInputs> {
  private readonly gpu: Gpu;
  private readonly walk: BlockWalk;

  constructor(gpu: Gpu, shape: ModelShape, source: CalibrationBatches, signal?: AbortSignal) {
    super(shape, source, signal);
    const { batches, sequences, length, conditions } = source;
    this.gpu = gpu;
    const count = batches.length;
    const input = { count, batch: (i: number) => batches[i], sequences, length, conditions };
    this.walk = new BlockWalk(gpu, shape, input, signal);
  }

  dispose(): void {
    this.walk.dispose();
  }

  protected async pass(part: WalkPart, weights: WeightValues): Promise<CollectedInputs<LayerInputs>> {
    const { steps, reads, saves, collects, head } = part;
    const collected = new Map<LinearInput, Collected>();
    const { conditions } = this.source;
    const collecting: Collecting = {
      groups: this.groups,
      samplesOf: (group) => this.samplesOf(group, head),
      keepsRows: conditions !== undefined,
      collected,
    };
    const operations = (options: GpuOpsOptions) => new CollectingOps(options, collecting);
    const onBatch = async (index: number): Promise<void> => {
      for (const [group, own] of collected) await this.addStep(group, own, index);
    };
    const record = async (ops: GpuOps): Promise<void> => {
      if (head !== undefined && ops instanceof CollectingOps) await ops.collectHead(head, this.shape);
    };
    try {
      await this.walk.pass(steps, gpuWeights(weights), {
        reads,
        saves,
        ...(collects && { operations, record, onBatch }),
      });
      return await this.finish(collected);
    } finally {
      for (const { collector } of collected.values()) collector.dispose();
    }
  }

  /** Sums up what a layer reads in a batch, which is a time step of a diffusion model. */
  private async addStep({ width }: LinearInput, { rows, steps }: Collected, batch: number): Promise<void> {
    const conditions = this.source.conditions?.[batch];
    if (!conditions || !rows) return;
    const { buffer, stride, column } = rows;
    const whole = new Float32Array(await this.gpu.stream.read(buffer));
    const count = whole.length / stride;
    const values = new Float32Array(count * width);
    for (let row = 0; row < count; row++)
      values.set(whole.subarray(row * stride + column, row * stride + column + width), row * width);
    steps.push(stepInputs(conditions.timesteps[0], values, width));
  }

  private async finish(
    collected: ReadonlyMap<LinearInput, Collected>,
  ): Promise<CollectedInputs<LayerInputs>> {
    const { buffers } = this.gpu;
    const byWeight = new Map<string, LayerInputs>();
    for (const [{ weights }, { collector, rows, steps }] of collected) {
      const own = rows && { steps: steps.sort((a, b) => a.timestep - b.timestep) };
      const inputs = { ...(await collector.finish()), ...own };
      for (const name of weights) byWeight.set(name, inputs);
    }
    const dispose = () => new Set(byWeight.values()).forEach(({ gram }) => releaseMatrix(buffers, gram));
    return { byWeight, dispose };
  }
}

/** What is collected of an activation. */
interface Collected {
  collector: InputCollector;
  /** A copy of a batch's rows, for diffusion models. */
  rows?: ActivationView;
  steps: StepInputs[];
}

interface Collecting {
  groups: readonly LinearInput[];
  /** Number of rows of an activation over all batches. */
  samplesOf: (group: LinearInput) => number;
  keepsRows: boolean;
  /** What the recording adds to. */
  collected: Map<LinearInput, Collected>;
}

/** Records a forward pass and collects the inputs of its linear layers. */
class CollectingOps extends GpuOps {
  private readonly options: GpuOpsOptions;
  private readonly collecting: Collecting;

  constructor(options: GpuOpsOptions, collecting: Collecting) {
    super(options);
    this.options = options;
    this.collecting = collecting;
  }

  override async linear(step: StepOf<'linear'>): Promise<void> {
    await this.collectInput(step.weight, this.view(step.input), this.rowsOf(step.input));
    await super.linear(step);
  }

  /** Collects the input of the head, which for a classifier is the first token only. */
  async collectHead(weight: string, shape: ModelShape): Promise<void> {
    const { sequences, length } = this.options.layout;
    const view = this.view(shape.program.hidden);
    if (!readsClassToken(shape)) return this.collectInput(weight, view, sequences * length);
    await this.collectInput(weight, { ...view, stride: view.stride * length }, sequences);
  }

  private async collectInput(weight: string, x: ActivationView, rows: number): Promise<void> {
    const { gpu, recorder, scope } = this.options;
    const { groups, samplesOf, keepsRows, collected } = this.collecting;
    const group = groups.find(({ weights }) => weights.includes(weight));
    if (!group || collected.has(group)) return;
    const collector = new InputCollector(gpu, group.width, samplesOf(group));
    const copy = keepsRows && { rows: this.copyOf(x, rows) };
    collected.set(group, { collector, ...copy, steps: [] });
    await collector.record(recorder, scope, x, rows);
  }

  /** Records a copy of an activation, whose buffer later steps overwrite. */
  private copyOf(x: ActivationView, rows: number): ActivationView {
    const { recorder, scope } = this.options;
    const label = 'rows of a layer’s input';
    const bytes = 4 * rows * x.stride;
    const target = scope.allocate(bytes, label);
    recorder.copy({ label, source: x.buffer, sourceOffset: 0, target, targetOffset: 0, bytes });
    return { ...x, buffer: target };
  }
}
