import { LabError, throwIfAborted } from '../../base/errors';
import { floatToHalfBits, halfBitsToFloat } from '../../base/float16';
import { ErrorSums } from '../../base/errorSums';
import { blockType } from '../../formats/gguf/blockTypes';
import type { GgufTensor } from '../../formats/gguf/types';
import { writeGguf } from '../../formats/gguf/write';
import type { Imatrix } from '../../formats/imatrix/content';
import type { ModelShape, TensorSpec } from '../architecture';
import type { Exportable, GgufBlocks } from '../load/export';
import { fileNumber, tensorTypes, type GgufFileType, type TensorType } from './fileTypes';
import { ggufName, ggufLayout, rotaryHeadWidths, type GgufLayout, type RopeTensor } from './layout';
import { toInterleaved } from './rotary';
import { writeTokenizer } from './tokenizer/tokenizer';
import { ggufString, uint32, type GgufEntries } from './values';

/** The version of ggml's block formats, `GGML_QNT_VERSION` in ggml.h. */
const QUANTIZATION_VERSION = 2;
/** The size of the blocks that hold rows in the end: larger ones fall back to them. */
const SMALLEST_BLOCK = 32;

export interface GgufExportOptions {
  type: GgufFileType;
  /** The value of `general.name`, unless llama.cpp would take it for a name whose special tokens are others. */
  name: string;
  /**
   * SHA-256 of the source of the weights, stored as `bitcurve.source.sha256`, so that a check of the file finds its
   * records.
   */
  sourceSha256?: string;
  /** An importance matrix, by which types that search for scales weigh errors, and the name of its file. */
  importance?: { imatrix: Imatrix; file: string };
  signal?: AbortSignal;
}

/** A tensor that is kept as F16 because its row length is not a multiple of the block size. */
export interface KeptTensor {
  /** Its name in the file. */
  name: string;
  /** Its row length. */
  columns: number;
}

/** An exported file and statistics about it. */
export interface GgufExport {
  bytes: Uint8Array;
  kept: readonly KeptTensor[];
  /** Number of tensors by block type. */
  counts: ReadonlyMap<string, number>;
  /** ‖W − Ŵ‖ ÷ ‖W‖ over all tensors of the file. */
  relativeL2: number;
  /** The type of every matrix by its name in the file. */
  types: ReadonlyMap<string, string>;
  /** What the user must know about the file, such as what llama.cpp does otherwise with it. */
  note?: string;
}

/**
 * Exports a language model as one GGUF file that llama.cpp loads: matrices in the file's type, norms, biases and positions in
 * float32, the tokenizer and the hyperparameters as metadata.
 * @throws LabError unsupported for an architecture, tokenizer or setting that llama.cpp does not have; bad-input if no
 *   row length is a multiple of the block size; not-finite with the tensor; Cancelled
 */
export async function exportGguf(model: Exportable, options: GgufExportOptions): Promise<GgufExport> {
  const { shape } = model;
  const layout = ggufLayout(shape.architecture);
  const stored = options.type.stored ? await storedBlocks(model) : undefined;
  const types = tensorTypes(shape, options.type);
  if (!stored) checkAnyEncoded(types, options.type);
  if (options.importance) checkAnyImportance(layout, shape, options.importance.imatrix);
  const tokenizer = writeTokenizer(model.assets, model.config, shape.vocabulary, options.name);
  const metadata = [
    ...generalEntries(layout, { ...options, name: tokenizer.modelName }, stored),
    ...layout.hyperparameters(shape).map(([key, value]) => [`${layout.architecture}.${key}`, value] as const),
    ...tokenizer.entries,
  ];
  const encoder = new TensorEncoder(layout, shape, types, options.importance?.imatrix);
  for (const spec of shape.tensors) {
    throwIfAborted(options.signal);
    const blocks = stored?.get(spec.name);
    if (blocks) encoder.addStored(spec, blocks);
    else encoder.add(spec, await model.tensor(spec), stored !== undefined);
    await nextTask();
  }
  for (const tensor of layout.ropeTensors?.(shape) ?? []) encoder.addVector(tensor);
  const written = encoder.finish((tensors) => writeGguf({ metadata, tensors }));
  const notes = [fallbackNote(written, options.type), tokenizer.note].filter((note) => note !== undefined);
  return { ...written, ...(notes.length > 0 && { note: notes.join(' ') }) };
}

/** Says that no matrix has the type after which the file is named. */
function fallbackNote({ counts }: GgufExport, { name, block, stored }: GgufFileType): string | undefined {
  if (stored || counts.has(block)) return undefined;
  const { blockSize } = blockType(block);
  return `No matrix is ${block}, after which ${name} files are named, since no row length is a multiple of ${blockSize}: they have llama.cpp's fallback types.`;
}

/** Lets the event loop handle a cancellation between tensors. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function generalEntries(
  layout: GgufLayout,
  { name, type, sourceSha256, importance }: GgufExportOptions,
  stored: ReadonlyMap<string, GgufBlocks> | undefined,
): GgufEntries {
  const source: GgufEntries =
    sourceSha256 === undefined ? [] : [['bitcurve.source.sha256', ggufString(sourceSha256)]];
  return [
    ['general.architecture', ggufString(layout.architecture)],
    ['general.type', ggufString('model')],
    ['general.name', ggufString(name)],
    ['general.file_type', uint32(stored ? fileNumber(mostBytes(stored)) : type.number)],
    ['general.quantization_version', uint32(QUANTIZATION_VERSION)],
    ...source,
    ...(importance ? imatrixEntries(importance) : []),
  ];
}

/**
 * Returns the blocks of every tensor that is stored in blocks, by the tensor's name in the model.
 * @throws LabError unsupported if none is, or if one is stored in another way
 */
async function storedBlocks(model: Exportable): Promise<ReadonlyMap<string, GgufBlocks>> {
  const found = new Map<string, GgufBlocks>();
  for (const spec of model.shape.tensors) {
    const blocks = await model.ggufBlocks?.(spec);
    if (blocks) found.set(spec.name, blocks);
  }
  if (found.size > 0) return found;
  throw new LabError(
    'unsupported',
    'STORED writes the blocks of an artefact whose codecs are block types of llama.cpp, and there are none here.',
    'Compress the model with such a codec, for example gguf-mix or allocate(family=gguf), or choose another type.',
  );
}

/** Returns the type that takes the most bytes. */
function mostBytes(stored: ReadonlyMap<string, GgufBlocks>): string {
  const bytes = new Map<string, number>();
  for (const { type, bytes: blocks } of stored.values())
    bytes.set(type, (bytes.get(type) ?? 0) + blocks.length);
  return [...bytes].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** Returns the keys by which llama-quantize says which importance matrix it used. */
function imatrixEntries({ imatrix, file }: NonNullable<GgufExportOptions['importance']>): GgufEntries {
  const keys: GgufEntries = [['quantize.imatrix.file', ggufString(file)]];
  if (imatrix.dataset !== undefined) keys.push(['quantize.imatrix.dataset', ggufString(imatrix.dataset)]);
  keys.push(['quantize.imatrix.entries_count', uint32(imatrix.entries.size)]);
  if (imatrix.chunks !== undefined) keys.push(['quantize.imatrix.chunks_count', uint32(imatrix.chunks)]);
  return keys;
}

/** Checks that at least one matrix is quantised; otherwise the file would be a float16 file under a false name. */
function checkAnyEncoded(types: ReadonlyMap<string, TensorType>, { name, block }: GgufFileType): void {
  const floats = block === 'F32' || block === 'F16';
  if (floats || [...types.values()].some(({ type }) => type !== 'F32' && type !== 'F16')) return;
  throw new LabError(
    'bad-input',
    `No matrix of this model can be stored as ${name}, since no row length is a multiple of ${SMALLEST_BLOCK}.`,
    'Choose F16 or BF16, or a wider model.',
  );
}

/** Checks that an importance matrix is about this model's matrices; otherwise it would change nothing. */
function checkAnyImportance(layout: GgufLayout, shape: ModelShape, { entries }: Imatrix): void {
  if (shape.tensors.some((spec) => entries.has(ggufName(layout, spec)))) return;
  throw new LabError(
    'bad-input',
    'The importance matrix has no entry for any matrix of this model.',
    'Use an importance matrix that was made from this model.',
  );
}

/** Encodes one tensor after another and collects statistics. */
class TensorEncoder {
  private readonly layout: GgufLayout;
  private readonly types: ReadonlyMap<string, TensorType>;
  private readonly imatrix: Imatrix | undefined;
  private readonly rotary: ReadonlyMap<string, number>;
  private readonly tensors: GgufTensor[] = [];
  private readonly kept: KeptTensor[] = [];
  private readonly counts = new Map<string, number>();
  private readonly errors = new ErrorSums();

  constructor(
    layout: GgufLayout,
    shape: ModelShape,
    types: ReadonlyMap<string, TensorType>,
    imatrix: Imatrix | undefined,
  ) {
    this.layout = layout;
    this.types = types;
    this.imatrix = imatrix;
    this.rotary = rotaryHeadWidths(layout, shape);
  }

  /** Takes over a tensor in blocks. */
  addStored(spec: TensorSpec, { type, bytes }: GgufBlocks): void {
    const [rows, columns] = spec.matrix;
    const headWidth = this.rotary.get(spec.name);
    const data = headWidth ? toInterleaved(bytes, headWidth, bytes.length / rows) : bytes;
    this.put(spec, { type, dims: [columns, rows], data });
    const values = blockType(type).decode(data);
    this.errors.add(values, values);
  }

  private put(spec: TensorSpec, tensor: Omit<GgufTensor, 'name'>): void {
    this.counts.set(tensor.type, (this.counts.get(tensor.type) ?? 0) + 1);
    this.tensors.push({ name: ggufName(this.layout, spec), ...tensor });
  }

  /**
   * Encodes a tensor.
   * @param canonical its values [out, in]
   * @param exactly whether a matrix is stored in F16 if that changes no value, and otherwise in F32
   */
  add(spec: TensorSpec, canonical: Float32Array, exactly = false): void {
    const [rows, columns] = spec.matrix;
    const name = ggufName(this.layout, spec);
    const headWidth = this.rotary.get(spec.name);
    const isVector = spec.shape.length === 1;
    const values = headWidth ? toInterleaved(canonical, headWidth, isVector ? 1 : columns) : canonical;
    const half = exactly && !isVector && spec.role !== 'position' && isHalf(values);
    const { type, kept } = half ? { type: 'F16', kept: false } : this.types.get(spec.name)!;
    const data = encodeNamed(name, type, values, this.importanceOf(name, columns));
    this.errors.add(values, blockType(type).decode(data));
    if (kept) this.kept.push({ name, columns });
    this.put(spec, { type, dims: isVector ? [columns] : [columns, rows], data });
  }

  /** Adds a vector in float32 that is no weight of the model. */
  addVector({ name, values }: RopeTensor): void {
    const data = encodeNamed(name, 'F32', values, undefined);
    this.tensors.push({ name, dims: [values.length], type: 'F32', data });
  }

  /** Returns the importance of a tensor's columns, if the matrix has an entry for it. @throws LabError bad-input */
  private importanceOf(name: string, columns: number): Float32Array | undefined {
    const entry = this.imatrix?.entries.get(name);
    if (!entry || entry.meanSquares.length === columns) return entry?.meanSquares;
    throw new LabError(
      'bad-input',
      `The importance matrix has ${entry.meanSquares.length} values for ${name}, whose rows have ${columns}.`,
      'Use an importance matrix that was made from this model.',
    );
  }

  finish(write: (tensors: readonly GgufTensor[]) => Uint8Array): GgufExport {
    const { tensors, kept, counts, errors } = this;
    const types = new Map(tensors.flatMap(({ name, dims, type }) => (dims.length > 1 ? [[name, type]] : [])));
    return { bytes: write(tensors), kept, counts, relativeL2: errors.relativeL2, types };
  }
}

/** Returns whether every value is a float16. */
function isHalf(values: Float32Array): boolean {
  return values.every((value) => halfBitsToFloat(floatToHalfBits(value)) === value);
}

function encodeNamed(
  name: string,
  type: string,
  values: Float32Array,
  columns: Float32Array | undefined,
): Uint8Array {
  try {
    return blockType(type).encode(values, columns && { columns });
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.code, `Tensor ${name}: ${error.message}`, error.remedy, error);
  }
}
