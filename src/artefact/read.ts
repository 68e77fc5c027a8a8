import { describeError, LabError } from '../base/errors';
import { shown } from '../base/shown';
import type { CodedTensor } from '../codecs/contract/codec';
import type { PartLayout } from '../codecs/contract/parts';
import type { CodecSpec } from '../codecs/contract/meta';
import { namingTensor } from '../codecs/contract/coding';
import { needsBase, resolveCodec } from '../codecs/contract/registry';
import { parseCodec } from '../codecs/contract/spec';
import { rawTensorBytes } from '../formats/dtypes';
import { bytesSource, type ByteSource } from '../formats/byteSource';
import type { FileTensor } from '../formats/fileTensor';
import { openSafetensorsFile, toFloat32, type OpenedSafetensors } from '../formats/safetensors/read';
import { transposedMatrixValues } from '../models/load/orientation';
import type { ModelShape, TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import type { InputRounding } from '../models/inputRounding';
import { ASSETS } from '../models/load/load';
import { architectureFor } from '../models/registry';
import type { LinearWeight } from '../runtime/linear/linear';
import type { Matrix } from '../runtime/linear/matrix';
import { parseMetadata, type ArtefactMetadata } from './metadata';
import { codedShape, isTransposed, codedTensor, type AssignedCodec } from './assignment';
import { checkBaseShapes, withBase } from './base';
import { ASSET_PREFIX, partName } from './layout';
import type { Processor } from './processor';
import { isInScope } from './recipe';

/**
 * An opened artefact with random access to every tensor. Its file may be larger than memory. It knows nothing of the encoder, and
 * quality is measured only from what it decodes.
 */
export class Artefact {
  readonly metadata: ArtefactMetadata;
  readonly shape: ModelShape;
  readonly assets: ReadonlyMap<string, Uint8Array>;
  private readonly tensors: OpenedSafetensors['tensors'];
  private readonly codecs: readonly AssignedCodec[];
  /** Index into `codecs` by tensor name. */
  private readonly codecIndexes: ReadonlyMap<string, number>;

  private constructor(
    tensors: OpenedSafetensors['tensors'],
    metadata: ArtefactMetadata,
    codecs: readonly AssignedCodec[],
    assets: ReadonlyMap<string, Uint8Array>,
  ) {
    this.tensors = tensors;
    this.metadata = metadata;
    this.codecs = codecs;
    this.assets = assets;
    this.shape = architectureFor(metadata.config).configure(metadata.config);
    this.codecIndexes = codecIndexes(metadata, this.shape);
  }

  /**
   * Opens an artefact in memory, or one that is read by range whenever a tensor is needed.
   * @param base the model of which the artefact codes the difference, if it does
   * @throws LabError bad-file for anything that is not a whole artefact of this version; bad-input without the base that it was made
   * with; what the source throws, also later
   */
  static async open(file: Uint8Array | ByteSource, base?: Model): Promise<Artefact> {
    const source = file instanceof Uint8Array ? bytesSource(file) : file;
    const opened = await openSafetensorsFile(source);
    const metadata = parseMetadata(opened.metadata);
    const checkedBase = baseOf(metadata, base);
    const codecs = await Promise.all(metadata.codecs.map((text) => assigned(text, checkedBase)));
    const artefact = new Artefact(opened.tensors, metadata, codecs, await readAssets(opened, metadata));
    artefact.check();
    return artefact;
  }

  /** The codec of a tensor; undefined for a tensor kept in float. */
  codecOf({ name }: TensorSpec): AssignedCodec | undefined {
    const index = this.codecIndexes.get(name);
    return index === undefined ? undefined : this.codecs[index];
  }

  /**
   * Reads the stored parts of a tensor, as its codec decodes them.
   * @param assigned what `codecOf` returned for the tensor
   * @throws LabError bad-file naming a part that is missing or has another type or shape than the codec's layout
   */
  async stored(tensor: TensorSpec, assigned: AssignedCodec): Promise<CodedTensor> {
    const parts = new Map<string, Uint8Array>();
    for (const [suffix, part] of this.parts(tensor, assigned)) parts.set(suffix, await part.read());
    return codedTensor(tensor, assigned, parts);
  }

  /** Returns the bytes that a tensor takes in the file, which are not read. @throws LabError as `stored` */
  storedBytes(tensor: TensorSpec): number {
    const assigned = this.codecOf(tensor);
    if (!assigned) return this.tensors.get(tensor.name)!.byteLength;
    return [...this.parts(tensor, assigned).values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /**
   * Decodes one tensor to dense float32 in canonical orientation. The caller releases it.
   * @throws LabError bad-file naming the tensor; Cancelled. Nothing stays allocated then.
   */
  async decode(processor: Processor, tensor: TensorSpec, signal?: AbortSignal): Promise<Matrix> {
    const assigned = this.codecOf(tensor);
    if (assigned)
      return decodeCoded(processor, assigned, tensor, await this.stored(tensor, assigned), signal);
    const [rows, columns] = tensor.matrix;
    return processor.matrix(await this.rest(tensor), rows, columns, tensor.name);
  }

  /**
   * Reads the values of a tensor kept in float, in canonical orientation.
   * @throws LabError bad-file for a tensor that is missing, of another size or not finite
   */
  async rest(tensor: TensorSpec): Promise<Float32Array> {
    const found = this.tensors.get(tensor.name);
    const size = tensor.matrix[0] * tensor.matrix[1];
    if (!found) throw missing(tensor.name);
    const values = toFloat32({ dtype: found.dtype, bytes: await found.read() });
    if (values.length !== size)
      throw bad(`${tensor.name} holds ${values.length} values; the model needs ${size}.`);
    if (!values.every(Number.isFinite)) throw bad(`${tensor.name} holds a value that is not finite.`);
    return values;
  }

  /** A linear layer that multiplies straight from the packed codes; undefined where the tensor's codec offers none. */
  async packed(
    processor: Processor,
    tensor: TensorSpec,
    signal?: AbortSignal,
  ): Promise<LinearWeight | undefined> {
    const assigned = this.codecOf(tensor);
    if (!assigned || isTransposed(assigned.codec, tensor)) return undefined;
    return processor.packed(assigned.codec, await this.stored(tensor, assigned), signal);
  }

  /** Whether the tensor's codec also quantises the layer's input. Quality is then measured with that. */
  quantisesActivations(tensor: TensorSpec): boolean {
    const assigned = this.codecOf(tensor);
    return assigned?.codec.quantisesActivations?.(assigned.spec.options) ?? false;
  }

  /**
   * Returns how the layers of some tensors quantise their input, by the tensors' names; undefined if none does.
   * @throws LabError bad-file naming the tensor
   */
  async inputRounding(
    tensors: readonly TensorSpec[],
  ): Promise<ReadonlyMap<string, InputRounding> | undefined> {
    const rounding = new Map<string, InputRounding>();
    for (const tensor of tensors) {
      const assigned = this.codecOf(tensor);
      if (!assigned || !this.quantisesActivations(tensor)) continue;
      const { parts, shape, options } = await this.stored(tensor, assigned);
      const { inputRounding } = assigned.codec.reference;
      rounding.set(
        tensor.name,
        namingTensor(tensor.name, () => inputRounding!(parts, shape, options)),
      );
    }
    return rounding.size > 0 ? rounding : undefined;
  }

  private check(): void {
    const names = new Set(this.shape.tensors.map((t) => t.name));
    for (const [name, index] of this.codecIndexes) {
      if (!names.has(name)) throw bad(`The artefact codes ${name}, which its model does not have.`);
      if (index >= this.codecs.length) throw bad(`${name} refers to a codec the file does not name.`);
    }
    const base = this.codecs.find((assigned) => assigned.base)?.base;
    if (base)
      checkBaseShapes(
        base,
        this.shape.tensors.filter((tensor) => this.codecOf(tensor)?.base),
      );
    for (const tensor of this.shape.tensors) {
      const assigned = this.codecOf(tensor);
      if (assigned) this.parts(tensor, assigned);
      else if (!this.tensors.has(tensor.name)) throw missing(tensor.name);
    }
  }

  /** Finds the parts of a tensor by suffix. @throws LabError as `stored` */
  private parts(tensor: TensorSpec, { codec, spec }: AssignedCodec): Map<string, FileTensor> {
    const parts = new Map<string, FileTensor>();
    for (const layout of codec.layout(codedShape(codec, tensor), spec.options)) {
      const part = this.part(partName(tensor, layout.suffix), layout);
      if (part) parts.set(layout.suffix, part);
    }
    return parts;
  }

  private part(name: string, layout: PartLayout): FileTensor | undefined {
    const found = this.tensors.get(name);
    if (!found && layout.optional) return undefined;
    if (!found) throw missing(name);
    const fits = layout.variable
      ? found.shape.length === 1 && found.shape[0] <= layout.shape[0]
      : String(found.shape) === String(layout.shape);
    if (found.dtype === layout.dtype && fits) return found;
    throw bad(
      `${name} is ${found.dtype} [${found.shape}]; its codec stores ${layout.dtype} [${layout.shape}].`,
    );
  }
}

/** Reads the files that are stored with the model. */
async function readAssets(
  { tensors }: OpenedSafetensors,
  metadata: ArtefactMetadata,
): Promise<Map<string, Uint8Array>> {
  const assets = new Map<string, Uint8Array>();
  for (const name of checkedAssets(metadata.assets ?? assetNames(tensors.keys()))) {
    const stored = tensors.get(ASSET_PREFIX + name);
    if (!stored) throw missing(ASSET_PREFIX + name);
    const { dtype, shape, byteLength } = stored;
    if (dtype !== 'U8' || rawTensorBytes('U8', shape) !== byteLength)
      throw bad(`${ASSET_PREFIX + name} is not a list of bytes.`);
    assets.set(name, await stored.read());
  }
  return assets;
}

/**
 * Decodes a coded tensor to dense float32 [out, in], whatever orientation its codec keeps, and adds that of the base if the codec coded
 * the difference. The caller releases it.
 * @throws LabError bad-file naming the tensor; what reading the base throws; Cancelled. Nothing stays allocated then.
 */
export async function decodeCoded(
  processor: Processor,
  { codec, base }: AssignedCodec,
  tensor: TensorSpec,
  stored: CodedTensor,
  signal?: AbortSignal,
): Promise<Matrix> {
  const decoded = await processor.decode(codec, stored, signal);
  const transposed = isTransposed(codec, tensor);
  if (!transposed && !base) return decoded;
  try {
    const read = await processor.read(decoded);
    const values = transposed ? transposedMatrixValues(read, ...stored.shape) : read;
    const [rows, columns] = tensor.matrix;
    const whole = base ? await withBase(values, base, tensor) : values;
    return processor.matrix(whole, rows, columns, tensor.name);
  } finally {
    processor.release(decoded);
  }
}

function codecIndexes({ tensors, scope }: ArtefactMetadata, shape: ModelShape): ReadonlyMap<string, number> {
  if (tensors && !Array.isArray(tensors)) return new Map(Object.entries(tensors));
  const coded = shape.tensors.filter((tensor) => isInScope(tensor, scope));
  if (tensors && tensors.length !== coded.length)
    throw bad(`The artefact gives ${tensors.length} tensors a codec; its model has ${coded.length} to code.`);
  return new Map(coded.map(({ name }, i) => [name, tensors?.[i] ?? 0]));
}

function assetNames(names: Iterable<string>): string[] {
  const assets = [...names].filter((name) => name.startsWith(ASSET_PREFIX));
  return assets.map((name) => name.slice(ASSET_PREFIX.length));
}

/** Refuses other names than those of a model's files, since they could point outside of a folder. @throws LabError bad-file */
function checkedAssets(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !ASSETS.includes(name));
  if (unknown === undefined) return names;
  throw bad(`The artefact has an asset ${shown(unknown)}, which is none of ${ASSETS.join(', ')}.`);
}

async function assigned(text: string, base: Model | undefined): Promise<AssignedCodec> {
  const spec = storedSpec(text);
  const codec = await resolveCodec(spec);
  if (!needsBase(spec)) return { spec, codec };
  if (!base) throw bad(`The artefact does not say of which model ${text} codes the difference.`);
  return { spec, codec, base };
}

/** Returns the base that an artefact was made with, if it was made with one. @throws LabError bad-input for none and for another one */
function baseOf({ base: stated }: ArtefactMetadata, base: Model | undefined): Model | undefined {
  if (!stated || stated.sha256 === base?.sha256) return stated && base;
  const found = base
    ? `${base.id}, whose weights have the SHA-256 ${base.sha256}, is not that model`
    : 'no base is named';
  throw new LabError(
    'bad-input',
    `The artefact holds the difference from ${stated.id} (SHA-256 ${stated.sha256}), and ${found}.`,
    'Restore the weights with `npm run decompress -- FILE --base MODEL --out FOLDER`, naming the model that it was made with.',
  );
}

/** Parses a codec as the file spells it. A spelling that cannot be parsed is an error of the file. */
function storedSpec(text: string): CodecSpec {
  try {
    return parseCodec(text);
  } catch (error) {
    throw bad(`The artefact names a codec this version does not know: ${describeError(error).message}`);
  }
}

function missing(name: string): LabError {
  return bad(`The artefact has no tensor ${name}.`);
}

function bad(message: string): LabError {
  return new LabError(
    'bad-file',
    message,
    'The file may be truncated or altered: write it again with `npm run compress`.',
  );
}
