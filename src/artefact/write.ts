import { LabError, throwIfAborted } from '../base/errors';
import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import type { Parts } from '../codecs/contract/parts';
import { codecMeta } from '../codecs/contract/registry';
import { layOutSafetensors } from '../formats/safetensors';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { chooseCodecs, type AssignOptions } from './assign';
import { uniformAssignment, type Assignment } from './assignment';
import { encodeModel } from './encodeModel';
import type { EncodedModel, EncodeOptions } from './encoded';
import { ASSET_PREFIX, artefactEntries, artefactMetadata, entryBytes, type ArtefactEntry } from './entries';
import type { Recipe, Rest } from './recipe';
import { memorySink, type ArtefactSink } from './sink';
import { artefactSize, type ArtefactSize } from './sizes';

/** Exponent bits, all set in infinities and NaN alone. */
const INFINITE_EXPONENT = { float16: 0x7c00, bfloat16: 0x7f80 } as const;

export type WriteOptions = EncodeOptions & AssignOptions;

/** What is known of an artefact beside its bytes. */
interface Facts {
  size: ArtefactSize;
  /** Wall-clock time spent in the codecs, and in carrying calibration data through the model. */
  encodeMs: number;
  calibrateMs: number;
  /** Tensors stored as W·diag(s) because the norm before them was divided by s: s by tensor name. */
  columnScales: ReadonlyMap<string, Float32Array>;
}

export interface WrittenArtefact extends Facts {
  /** The file, exactly as it goes to disk. */
  bytes: Uint8Array;
}

export interface SunkArtefact<File> extends Facts {
  /** What the sink made of the bytes. */
  file: File;
}

/**
 * Compresses a model into one artefact file, a safetensors file.
 * @throws LabError naming the tensor for values a codec or `rest` cannot hold; Cancelled
 */
export async function writeArtefact(
  gpu: Gpu,
  model: Model,
  recipe: Recipe,
  options: WriteOptions,
): Promise<WrittenArtefact> {
  const { file, ...facts } = await writeArtefactTo(memorySink(), gpu, model, recipe, options);
  return { bytes: file, ...facts };
}

/**
 * The same file, byte for byte, through a sink: of what is encoded only the tensor under way is in memory, and what assigners
 * hold.
 * @throws LabError as writeArtefact, and what the sink throws; Cancelled. The sink is discarded then.
 */
export async function writeArtefactTo<File>(
  sink: ArtefactSink<File>,
  gpu: Gpu,
  model: Model,
  recipe: Recipe,
  options: WriteOptions,
): Promise<SunkArtefact<File>> {
  try {
    const assignment = codecMeta(recipe.spec.id).assigns
      ? await chooseCodecs(gpu, model, recipe, options)
      : await uniformAssignment(model.shape, recipe);
    const writer = new Writer(sink, model, recipe, assignment);
    const encoded = await encodeModel(gpu, model, assignment, options, (...part) => writer.coded(...part));
    const { encodeMs, calibrateMs, columnScales } = encoded;
    return { ...(await writer.finish(encoded, options.signal)), encodeMs, calibrateMs, columnScales };
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

class Writer<File> {
  /** Bytes the sink has, by name in the file. */
  private readonly lengths = new Map<string, number>();

  constructor(
    private readonly sink: ArtefactSink<File>,
    private readonly model: Model,
    private readonly recipe: Recipe,
    private readonly assignment: Assignment,
  ) {}

  async coded({ name }: TensorSpec, parts: Parts): Promise<void> {
    for (const [suffix, bytes] of parts) await this.put(`${name}.${suffix}`, bytes);
  }

  async finish(
    { sizes, replaced }: EncodedModel,
    signal?: AbortSignal,
  ): Promise<Pick<SunkArtefact<File>, 'file' | 'size'>> {
    const { sink, model, recipe, assignment } = this;
    await this.rest(replaced, signal);
    for (const [name, bytes] of model.assets) await this.put(ASSET_PREFIX + name, bytes);
    const entries = artefactEntries(model, recipe, assignment, sizes);
    for (const entry of entries) this.check(entry);
    const metadata = artefactMetadata(model, recipe, assignment);
    const { head, ordered } = layOutSafetensors(entries, metadata);
    const names = ordered.map(({ name }) => name);
    const file = await sink.finish(head, names, signal);
    return { file, size: artefactSize(model, recipe, entries, head.byteLength) };
  }

  /** What the scope leaves out. */
  private async rest(replaced: ReadonlyMap<string, Float32Array>, signal?: AbortSignal): Promise<void> {
    const { model, recipe, assignment } = this;
    for (const tensor of model.shape.tensors) {
      if (assignment.has(tensor.name)) continue;
      throwIfAborted(signal);
      const values = replaced.get(tensor.name) ?? (await model.tensor(tensor));
      await this.put(tensor.name, encodeRest(tensor.name, values, recipe.rest));
    }
  }

  private async put(name: string, bytes: Uint8Array): Promise<void> {
    this.lengths.set(name, bytes.byteLength);
    await this.sink.put(name, bytes);
  }

  private check(entry: ArtefactEntry): void {
    const length = this.lengths.get(entry.name);
    if (length === entryBytes(entry)) return;
    throw new LabError(
      'internal',
      `${entry.name} was encoded to ${length ?? 0} bytes; its layout says ${entryBytes(entry)}.`,
      'Please report this with the codec.',
    );
  }
}

/** Stores an uncoded tensor in the rest's float type, rounding half to even. */
function encodeRest(name: string, values: Float32Array, rest: Rest): Uint8Array {
  if (rest === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = rest === 'float16' ? floatsToHalves(values) : floatsToBfloat16s(values);
  const infinite = INFINITE_EXPONENT[rest];
  const over = bits.findIndex((word) => (word & infinite) === infinite);
  if (over >= 0) throw overflow(name, values[over], rest);
  return new Uint8Array(bits.buffer);
}

function overflow(name: string, value: number, rest: Rest): LabError {
  return new LabError(
    'bad-input',
    `${name} holds ${value}, which ${rest} cannot store.`,
    rest === 'float16'
      ? 'Store uncoded tensors as float32 or bfloat16 (--rest bfloat16).'
      : 'Store uncoded tensors as float32 (--rest float32).',
  );
}
