import { throwIfAborted } from '../base/errors';
import type { Calibration } from '../calibrate/calibration';
import type { InputStatistics } from '../calibrate/inputs';
import type { CalibrationWalk } from '../calibrate/walk';
import type { SourceTensor, TensorGroup } from '../codecs/contract/codec';
import type { Parts } from '../codecs/contract/parts';
import { formatCodecFully } from '../codecs/contract/spec';
import type { ModelShape, TensorSpec } from '../models/architecture';
import { linearInputs, type LinearInput } from '../models/linearInputs';
import { stagesOf } from '../models/program';
import { calibrationFor, codedTensor, sourceTensor, type AssignedCodec } from './assignment';
import { emptyEncodedModel, type EncodedModel, type Encoding } from './encode';
import { decodeCoded } from './read';
import { WorkingWeights } from './workingWeights';

/** Tensors that are encoded together because they share an input and a codec. */
interface Batch {
  assigned: AssignedCodec;
  tensors: TensorSpec[];
  norm?: LinearInput['norm'];
}

/**
 * Encodes a model block by block, by calibrated codecs. The inputs of a block's layers are collected behind the compressed
 * blocks before it, as GPTQ does (Frantar et al. 2022, section 3.3); then the block is encoded and restored from its bytes, and
 * the calibration data moves through the restored block. One block of weights is in use at a time.
 * @throws LabError naming the tensor; Cancelled
 */
export async function encodeBlocks(encoding: Encoding, calibration: Calibration): Promise<EncodedModel> {
  const { processor, model, signal } = encoding;
  const walk = await calibration.openWalk(signal);
  const weights = new WorkingWeights(processor, model);
  try {
    return await new BlockEncoder(encoding, calibration, weights, walk).run();
  } finally {
    walk.dispose();
    weights.dispose();
  }
}

class BlockEncoder {
  private readonly groups: readonly LinearInput[];
  private readonly shape: ModelShape;
  private readonly readAtEnd: ReadonlySet<TensorSpec>;
  private readonly encoded = emptyEncodedModel();

  constructor(
    private readonly encoding: Encoding,
    private readonly calibration: Calibration,
    private readonly weights: WorkingWeights,
    private readonly walk: CalibrationWalk,
  ) {
    this.shape = encoding.model.shape;
    this.groups = linearInputs(this.shape.program);
    this.readAtEnd = new Set(stagesOf(this.shape).at(-1)!.tensors);
  }

  async run(): Promise<EncodedModel> {
    const { shape } = this;
    const { program } = shape;
    const outside = shape.tensors.filter((t) => t.block === undefined);
    const late = outside.filter((t) => this.isLate(t));
    const around = outside.filter((t) => !late.includes(t));
    // A tied table is coded before the prologue gathers from it, when only the uncompressed model's states are known.
    await this.encode(around, this.calibration.float.byWeight);
    await this.timed(async () => {
      await this.weights.load(around);
      await this.walk.begin(this.weights.view);
      // The token table may be the largest tensor, and no block reads it.
      this.weights.release(stagesOf(shape)[0].tensors);
    });
    for (const block of program.blocks.keys()) await this.block(block);
    await this.end(late);
    return this.encoded;
  }

  /** Whether a tensor outside the blocks is read after them only, so that its input is known once they are compressed. */
  private isLate({ name }: TensorSpec): boolean {
    const { program, tiedHead } = this.shape;
    const isLayer = program.epilogue.some((step) => step.op === 'linear' && step.weight === name);
    return isLayer || (name === program.head.weight && !tiedHead);
  }

  private async block(block: number): Promise<void> {
    const tensors = this.shape.tensors.filter((t) => t.block === block);
    const inputs = await this.timed(async () => {
      await this.weights.load(tensors);
      return this.walk.collect(block, this.weights.view);
    });
    try {
      await this.encode(tensors, inputs.byWeight);
    } finally {
      inputs.dispose();
    }
    await this.timed(() => this.walk.advance(block, this.weights.view));
    // The last norm of a diffusion model reads the condition of the first block.
    this.weights.release(tensors.filter((t) => !this.readAtEnd.has(t)));
  }

  /** Encodes the layers after the blocks, the head among them. */
  private async end(tensors: TensorSpec[]): Promise<void> {
    if (!tensors.some((t) => this.encoding.assignment.has(t.name))) return;
    const inputs = await this.timed(async () => {
      await this.weights.load(tensors.filter((t) => this.readAtEnd.has(t)));
      return this.walk.collectHead(this.weights.view);
    });
    try {
      await this.encode(tensors, inputs.byWeight);
    } finally {
      inputs.dispose();
    }
  }

  private async encode(
    tensors: readonly TensorSpec[],
    inputs: ReadonlyMap<string, InputStatistics>,
  ): Promise<void> {
    for (const batch of this.batches(tensors)) {
      throwIfAborted(this.encoding.signal);
      await this.encodeBatch(batch, inputs.get(batch.tensors[0].name));
    }
  }

  /** Groups coded tensors by the activation they read and by their codec, in the order of the model. */
  private batches(tensors: readonly TensorSpec[]): Batch[] {
    const batches = new Map<string, Batch>();
    for (const tensor of tensors) {
      const assigned = this.encoding.assignment.get(tensor.name);
      if (!assigned) continue;
      const index = this.groups.findIndex(({ weights }) => weights.includes(tensor.name));
      const key = `${index < 0 ? tensor.name : index} ${formatCodecFully(assigned.spec)}`;
      const batch = batches.get(key) ?? { assigned, tensors: [], norm: this.groups[index]?.norm };
      batch.tensors.push(tensor);
      batches.set(key, batch);
    }
    for (const batch of batches.values()) {
      const group = this.groups.find(({ weights }) => weights.includes(batch.tensors[0].name));
      // Folding a scale into a norm changes all its readers, so that all of them must be coded here.
      if (group?.weights.length !== batch.tensors.length) delete batch.norm;
    }
    return [...batches.values()];
  }

  private async encodeBatch(
    { assigned, tensors, norm }: Batch,
    inputs: InputStatistics | undefined,
  ): Promise<void> {
    const { encoded, calibration } = this;
    const { processor, seed, signal } = this.encoding;
    const group = await this.groupOf({ assigned, tensors, norm });
    const started = performance.now();
    const context = { seed, signal, ...calibrationFor(assigned, tensors[0], inputs, calibration) };
    const result = await processor.encodeGroup(assigned.codec, group, assigned.spec.options, context);
    encoded.encodeMs += performance.now() - started;
    for (const [name, values] of result.replaced ?? []) {
      encoded.replaced.set(name, values);
      this.weights.replaceValues(this.tensor(name), values);
    }
    for (const tensor of tensors) {
      if (result.columnScale) encoded.columnScales.set(tensor.name, result.columnScale);
      await this.restore(tensor, assigned, result.parts.get(tensor.name)!);
    }
  }

  /** Replaces a tensor's weights by what its parts decode to, and passes the parts on. */
  private async restore(tensor: TensorSpec, assigned: AssignedCodec, parts: Parts): Promise<void> {
    const { processor, signal, onEncoded } = this.encoding;
    const stored = codedTensor(tensor, assigned, parts);
    this.weights.replace(tensor.name, await decodeCoded(processor, assigned, tensor, stored, signal));
    await onEncoded(tensor, parts);
  }

  private async groupOf({ tensors, norm, assigned }: Batch): Promise<TensorGroup> {
    const sources: SourceTensor[] = [];
    for (const tensor of tensors) sources.push(await sourceTensor(this.encoding.model, tensor, assigned));
    if (!norm || !assigned.codec.encodeGroup) return { tensors: sources };
    const weight = await sourceTensor(this.encoding.model, this.tensor(norm.weight), assigned);
    const bias =
      norm.bias === undefined
        ? undefined
        : await sourceTensor(this.encoding.model, this.tensor(norm.bias), assigned);
    return { tensors: sources, norm: { weight, ...(bias && { bias }) } };
  }

  private tensor(name: string): TensorSpec {
    return this.shape.tensors.find((t) => t.name === name)!;
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
