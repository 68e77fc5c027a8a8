import { throwIfAborted } from '../base/errors';
import type { Calibration } from '../calibrate/calibration';
import type { LayerInputs } from '../calibrate/inputs';
import { CalibrationWalk } from '../calibrate/walk';
import type { SourceTensor, TensorGroup } from '../codecs/contract/codec';
import { encodeGroup } from '../codecs/contract/coding';
import { formatCodecFully } from '../codecs/contract/spec';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import { linearInputs, type LinearInput } from '../models/inputs';
import type { Model } from '../models/model';
import { calibrationFor, sourceTensor, type AssignedCodec, type Assignment } from './assignment';
import type { EncodedModel, EncodeOptions, OnEncoded } from './encoded';
import { decodeCoded } from './read';
import { WorkingWeights } from './workingWeights';

type Options = EncodeOptions & { calibration: Calibration };

/** Tensors that are coded together: one input, one codec. */
interface Batch {
  assigned: AssignedCodec;
  tensors: TensorSpec[];
  norm?: LinearInput['norm'];
}

/**
 * Encodes a model behind its calibration data: the inputs of a block's layers are collected from the already compressed
 * blocks before it, as GPTQ does (Frantar et al. 2022, section 3.3); then the block is encoded, restored from its bytes, and
 * the data moves through what was restored. One block of weights is on the GPU at a time.
 */
export async function encodeCalibrated(
  gpu: Gpu,
  model: Model,
  assignment: Assignment,
  options: Options,
  encoded: EncodedModel,
  done: OnEncoded,
): Promise<void> {
  const weights = new WorkingWeights(gpu, model);
  const walk = new CalibrationWalk(gpu, model.shape, options.calibration.batches, options.signal);
  try {
    await new BlockEncoder(gpu, model, assignment, options, encoded, done, weights, walk).run();
  } finally {
    walk.dispose();
    weights.dispose();
  }
}

class BlockEncoder {
  private readonly groups: readonly LinearInput[];

  constructor(
    private readonly gpu: Gpu,
    private readonly model: Model,
    private readonly assignment: Assignment,
    private readonly options: Options,
    private readonly encoded: EncodedModel,
    private readonly done: OnEncoded,
    private readonly weights: WorkingWeights,
    private readonly walk: CalibrationWalk,
  ) {
    this.groups = linearInputs(model.shape.program);
  }

  async run(): Promise<void> {
    const { shape } = this.model;
    const { program } = shape;
    const untiedHead = (name: string) => name === program.head.weight && !shape.tiedHead;
    const outside = shape.tensors.filter((t) => t.block === undefined);
    const around = outside.filter((t) => !untiedHead(t.name));
    // A tied table is coded before the prologue gathers from it: only the uncompressed model's states are known then.
    await this.encode(around, this.options.calibration.float.byWeight);
    await this.timed(async () => {
      await this.weights.load(around);
      await this.walk.begin(this.weights);
    });
    for (const block of program.blocks.keys()) await this.block(block);
    await this.head(outside.filter((t) => untiedHead(t.name)));
  }

  private async block(block: number): Promise<void> {
    const tensors = this.model.shape.tensors.filter((t) => t.block === block);
    const inputs = await this.timed(async () => {
      await this.weights.load(tensors);
      return this.walk.collect(block, this.weights);
    });
    try {
      await this.encode(tensors, inputs.byWeight);
    } finally {
      inputs.dispose();
    }
    await this.timed(() => this.walk.advance(block, this.weights));
    this.weights.release(tensors);
  }

  private async head(tensors: TensorSpec[]): Promise<void> {
    if (!tensors.some((t) => this.assignment.has(t.name))) return;
    const inputs = await this.timed(() => this.walk.collectHead(this.weights));
    try {
      await this.encode(tensors, inputs.byWeight);
    } finally {
      inputs.dispose();
    }
  }

  private async encode(
    tensors: readonly TensorSpec[],
    inputs: ReadonlyMap<string, LayerInputs>,
  ): Promise<void> {
    for (const batch of this.batches(tensors)) {
      throwIfAborted(this.options.signal);
      await this.encodeBatch(batch, inputs.get(batch.tensors[0].name));
    }
  }

  /** Readers of one activation that share a codec, in the order of the model. */
  private batches(tensors: readonly TensorSpec[]): Batch[] {
    const batches = new Map<string, Batch>();
    for (const tensor of tensors) {
      const assigned = this.assignment.get(tensor.name);
      if (!assigned) continue;
      const index = this.groups.findIndex(({ weights }) => weights.includes(tensor.name));
      const key = `${index < 0 ? tensor.name : index} ${formatCodecFully(assigned.spec)}`;
      const batch = batches.get(key) ?? { assigned, tensors: [], norm: this.groups[index]?.norm };
      batch.tensors.push(tensor);
      batches.set(key, batch);
    }
    for (const batch of batches.values()) {
      const group = this.groups.find(({ weights }) => weights.includes(batch.tensors[0].name));
      // Folding into a norm changes all its readers: all of them must be coded here.
      if (group?.weights.length !== batch.tensors.length) delete batch.norm;
    }
    return [...batches.values()];
  }

  private async encodeBatch(batch: Batch, inputs: LayerInputs | undefined): Promise<void> {
    const { gpu, options, encoded } = this;
    const { codec, spec } = batch.assigned;
    const group = await this.groupOf(batch);
    const started = performance.now();
    const { seed, signal } = options;
    const context = {
      gpu,
      seed,
      signal,
      ...calibrationFor(batch.assigned, batch.tensors[0], inputs, options.calibration),
    };
    const result = await encodeGroup(codec, group, spec.options, context);
    encoded.encodeMs += performance.now() - started;
    for (const [name, values] of result.replaced ?? []) {
      encoded.replaced.set(name, values);
      this.weights.replaceValues(this.tensor(name), values);
    }
    for (const tensor of batch.tensors) {
      const parts = result.parts.get(tensor.name)!;
      if (result.columnScale) encoded.columnScales.set(tensor.name, result.columnScale);
      const source = group.tensors.find(({ name }) => name === tensor.name)!;
      const stored = { name: tensor.name, shape: source.shape, options: spec.options, parts };
      this.weights.replace(tensor.name, await decodeCoded(gpu, codec, stored, tensor, signal));
      await this.done(tensor, parts);
    }
  }

  private async groupOf({ tensors, norm, assigned }: Batch): Promise<TensorGroup> {
    const sources: SourceTensor[] = [];
    for (const tensor of tensors) sources.push(await sourceTensor(this.model, tensor, assigned));
    if (!norm || !assigned.codec.encodeGroup) return { tensors: sources };
    const weight = await sourceTensor(this.model, this.tensor(norm.weight), assigned);
    const bias =
      norm.bias === undefined ? undefined : await sourceTensor(this.model, this.tensor(norm.bias), assigned);
    return { tensors: sources, norm: { weight, ...(bias && { bias }) } };
  }

  private tensor(name: string): TensorSpec {
    return this.model.shape.tensors.find((t) => t.name === name)!;
  }

  private async timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.encoded.calibrateMs += performance.now() - started;
    }
  }
}
