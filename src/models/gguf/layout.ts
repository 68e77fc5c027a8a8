import { invariant, LabError } from '../../base/errors';
import type { ModelShape, TensorSpec } from '../architecture';
import { isOp } from '../program';
import { quoted } from '../../base/shown';
import { badField, type GgufEntries, type MetadataReader } from './values';

/**
 * The names of an architecture's tensors and hyperparameters in llama.cpp. Each is one file of architectures/.
 * Source: llama.cpp, gguf-py/gguf/constants.py and convert_hf_to_gguf.py.
 */
export interface GgufLayout {
  /** The value of `general.architecture`, which is also the prefix of keys. */
  architecture: string;
  /** The id of the `Architecture`, if it is another one. */
  model?: string;
  /** The part of a tensor name in transformers before the block index. */
  root: string;
  /**
   * Names in transformers → names in GGUF, without `.weight` and `.bias`: `outer` outside the blocks, `inner` after the
   * block index.
   */
  outer: Readonly<Record<string, string>>;
  inner: Readonly<Record<string, string>>;
  /** Whether llama.cpp rotates neighbouring columns 2i and 2i + 1 of a head, so that rows are in another order (rotary.ts). */
  rotatesNeighbours?: true;
  /** Keys, without the architecture's prefix, that change no value of the forward pass in llama.cpp. */
  neutral: readonly string[];
  /**
   * Maximum difference of a log-probability from llama.cpp with float32 weights, in nats. llama.cpp sums in another order
   * and computes some functions from float16 tables.
   */
  tolerance: number;
  /**
   * Hyperparameters by key, without the architecture's prefix.
   * @throws LabError unsupported for settings llama.cpp does not have
   */
  hyperparameters(shape: ModelShape): GgufEntries;
  /** Returns the tensors with divisors of rotary frequencies, if the architecture rotates. */
  ropeTensors?(shape: ModelShape): RopeTensor[];
  /** Returns the config.json that transformers would write. @throws LabError bad-file with the field */
  config(metadata: MetadataReader, tensors: TensorSummary): Record<string, unknown>;
}

/** A tensor with divisors of rotary frequencies. */
export interface RopeTensor {
  name: string;
  values: Float32Array;
}

/** Properties of a file's tensors that its config depends on. */
export interface TensorSummary {
  /** Number of rows of the token embedding. */
  vocabulary: number;
  /** Whether the head is tied to the embedding, that is, the file has no head. */
  tied: boolean;
  /** Returns whether the file has a tensor of this name. */
  has: (name: string) => boolean;
  /** The file's tensors with divisors of rotary frequencies (rope.ts), by name. */
  ropeTensors: ReadonlyMap<string, Float32Array>;
}

/** A key that llama.cpp reads, and the only value of it that is implemented. */
export type ImplementedKey = readonly [key: string, value: number | boolean];

/**
 * Checks keys of which one value is implemented, which is that of an absent key.
 * @throws LabError bad-file with the first key that has another value
 */
export function checkImplemented(
  metadata: MetadataReader,
  prefix: string,
  keys: readonly ImplementedKey[],
): void {
  for (const [key, implemented] of keys) {
    const path = `${prefix}.${key}`;
    const value =
      typeof implemented === 'boolean' ? metadata.optionalBool(path) : metadata.optionalNumber(path);
    if (value !== undefined && value !== implemented)
      throw badField(path, `is ${value}, but only ${implemented} is implemented`);
  }
}

/**
 * Checks that a layout has read every key of its architecture or knows that it changes nothing.
 * @throws LabError unsupported with the first other key
 */
export function checkKeysRead({ architecture, neutral }: GgufLayout, metadata: MetadataReader): void {
  const prefix = `${architecture}.`;
  const unknown = metadata.unread(prefix).find((key) => !neutral.includes(key.slice(prefix.length)));
  if (unknown === undefined) return;
  throw new LabError(
    'unsupported',
    `The GGUF file has the key ${quoted(unknown)}, which this version does not know. It may change what the model computes.`,
    'Choose another file, or convert the model again with llama.cpp.',
  );
}

const FILES = import.meta.glob<GgufLayout>('./architectures/*.ts', { import: 'default', eager: true });
/** All GGUF layouts. */
export const layouts: readonly GgufLayout[] = Object.values(FILES);

/**
 * Returns the GGUF layout of an architecture.
 * @param architecture its name in GGUF, or the id of the `Architecture`
 * @throws LabError unsupported for an unknown architecture
 */
export function ggufLayout(architecture: string): GgufLayout {
  const found = layouts.find((layout) => [layout.architecture, layout.model].includes(architecture));
  if (found) return found;
  throw new LabError(
    'unsupported',
    `GGUF files of the architecture ${JSON.stringify(architecture.slice(0, 80))} are not supported.`,
    `Choose a model of one of these architectures: ${layouts.map((layout) => layout.architecture).join(', ')}.`,
  );
}

/** Returns the name of a tensor in the file, such as `blk.0.attn_q.weight`. */
export function ggufName(layout: GgufLayout, spec: TensorSpec): string {
  const dot = spec.name.lastIndexOf('.');
  const stem = spec.name.slice(0, dot);
  const inBlock = spec.block !== undefined;
  const name = inBlock
    ? layout.inner[stem.slice(`${layout.root}.${spec.block}.`.length)]
    : layout.outer[stem];
  invariant(name, `the GGUF layout ${layout.architecture} has no name for ${spec.name}`);
  return `${inBlock ? `blk.${spec.block}.` : ''}${name}${spec.name.slice(dot)}`;
}

/**
 * Returns the head width of every tensor whose rows are in another order than in Hugging Face, where column i of a head is rotated
 * with column i + width/2.
 */
export function rotaryHeadWidths(
  { rotatesNeighbours }: GgufLayout,
  shape: ModelShape,
): ReadonlyMap<string, number> {
  const widths = new Map<string, number>();
  if (!rotatesNeighbours) return widths;
  for (const block of shape.program.blocks)
    for (const rotary of block.filter(isOp('rotary')))
      for (const linear of block.filter(isOp('linear'))) {
        if (linear.out.name !== rotary.value.name) continue;
        widths.set(linear.weight, rotary.headWidth);
        if (linear.bias !== undefined) widths.set(linear.bias, rotary.headWidth);
      }
  return widths;
}

/** Returns the value that all steps share. @throws LabError unsupported if they differ */
export function shared<T>(what: string, values: readonly T[]): T {
  if (values.every((value) => value === values[0])) return values[0];
  throw inexpressible(what, 'differs between layers');
}

/** Returns the error about a setting of the model for which GGUF has no field; `why` is a predicate. */
export function inexpressible(what: string, why: string): LabError {
  return new LabError(
    'unsupported',
    `The model cannot be written as GGUF: ${what} ${why}, and llama.cpp has no setting for that.`,
    'Keep it as safetensors, or choose another model.',
  );
}
