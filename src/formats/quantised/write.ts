import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import { bfloat16sToFloats, floatsToBfloat16s, floatsToHalves, halvesToFloats } from '../../base/float16';
import type { Dtype, TensorLayout } from '../dtypes';
import type { NamedTensor } from '../safetensors/write';
import type { Float8Scheme, ScaledFloat8 } from './float8';
import type { GroupedIntegers, IntegerScheme } from './integers';
import type { BlockLookup, LookupScheme } from './lookup';

/** The type of a checkpoint's floats, in which runtimes hold scales, too. */
export type FloatType = 'F16' | 'F32' | 'BF16';

/** A quantised matrix, as the formats of other tools pack it. */
export type PackableMatrix = GroupedIntegers | ScaledFloat8 | BlockLookup;
/** What is known of a quantised matrix before its values are read. */
type PackableScheme = IntegerScheme | Float8Scheme | LookupScheme;

/** A quantised matrix whose values are read when they are packed. */
export interface Packable {
  scheme: PackableScheme;
  /** Returns the matrix. @throws LabError bad-file for stored values that no encoder writes */
  read: () => PackableMatrix;
}

/** A quantised matrix of a checkpoint to write. */
export interface PackableModule {
  /** The tensor's name without `.weight`. */
  module: string;
  scheme: PackableScheme;
  /** Whether transformers holds it as a Conv1D, [in, out], as GPT-2 does, and not as a Linear. */
  conv1d: boolean;
  /** Where in the model it is: a layer of a block, the head, or a table of tokens or positions. */
  place: 'block' | 'head' | 'table';
}

/** A layer that is not quantised, such as `lm_head`. */
export type FloatModule = Pick<PackableModule, 'module' | 'place'>;

/** The values of `model_type` of language models, whose blocks the tools of GPTQ and AWQ find. */
export const LANGUAGE_MODELS: readonly string[] = [
  ...['codegen', 'gpt2', 'gpt_neo', 'gpt_neox', 'llama', 'opt', 'phi3', 'qwen3'],
];

/** A writer of one format. Its tensors are those that the reader of the format reads. */
export interface QuantisedWriter {
  name: string;
  /** The values of `model_type` that the format's runtime has; absent if they are all those of transformers. */
  modelTypes?: readonly string[];
  /** Whether scales have a type of their own, whatever that of the other floats. */
  ownScales?: true;
  /** The metadata of the safetensors file. */
  metadata: Readonly<Record<string, string>>;
  /**
   * Returns the tensors of a module, without their values.
   * @throws LabError unsupported naming the module and what the format cannot hold
   */
  layout(module: PackableModule, floats: FloatType): TensorLayout[];
  /** Returns the tensors of a module. @throws LabError unsupported for scales that do not fit; as `layout` */
  pack(module: PackableModule, matrix: PackableMatrix, floats: FloatType): NamedTensor[];
  /**
   * Returns the fields that config.json gets, and the contents of further files of settings.
   * @throws LabError unsupported for modules that differ in what the format stores once
   */
  settings(modules: readonly PackableModule[], floats: readonly FloatModule[]): WrittenSettings;
}

interface WrittenSettings {
  config: Readonly<Record<string, unknown>>;
  files?: Readonly<Record<string, unknown>>;
  /** What the format's tools do otherwise than the lab, as a sentence. */
  note?: string;
}

/** Returns the error about a matrix that a format cannot hold; `what` is a clause. */
export function cannotHold(
  format: string,
  { module }: { module: string },
  what: string,
  remedy = 'Choose another format or another codec, or round the decoded weights again with `npm run export -- --reencode CODEC`.',
): LabError {
  return new LabError(
    'unsupported',
    `${format} cannot store ${quoted(`${module}.weight`)}: ${what}.`,
    remedy,
  );
}

/** What the codes of a matrix are, as a clause. */
export const STORED_AS = {
  integers: 'it is stored as integers with scales',
  float8: 'it is stored as 8-bit floats',
  lookup: 'it is stored as levels of a table',
} as const;

/**
 * Returns the scheme of a matrix of integers of one of some widths.
 * @param options.roundsInputs whether the format can say that runtimes round the inputs to 8 bits
 * @throws LabError unsupported for others
 */
export function integerScheme(
  format: string,
  packed: PackableModule,
  bits: readonly number[],
  { roundsInputs = false } = {},
): IntegerScheme {
  const { scheme } = packed;
  if (scheme.kind !== 'integers')
    throw cannotHold(format, packed, `${STORED_AS[scheme.kind]}, and the format has integers`);
  if (scheme.roundsInputs && !roundsInputs)
    throw cannotHold(
      format,
      packed,
      'its inputs are rounded to 8 bits as well, which the format does not say',
      'Compress the model with activations=float, or choose compressed-tensors or bitsandbytes.',
    );
  if (bits.includes(scheme.bits)) return scheme;
  throw cannotHold(format, packed, `it has ${scheme.bits} bits, and the format has ${bits.join(', ')}`);
}

/** Refuses a matrix whose size is not a multiple of what the format packs together. */
export function requireMultiple(
  format: string,
  packed: PackableModule,
  side: 'inputs' | 'outputs',
  multiple: number,
): void {
  const size = packed.scheme[side];
  if (size % multiple !== 0)
    throw cannotHold(format, packed, `it has ${size} ${side}, and the format packs ${multiple} together`);
}

/** Refuses a matrix that the format's runtimes do not replace. */
export function requireLayer(
  format: string,
  packed: PackableModule,
  { places, conv1d = false }: { places: readonly PackableModule['place'][]; conv1d?: boolean },
): void {
  if (!places.includes(packed.place))
    throw cannotHold(
      format,
      packed,
      packed.place === 'table'
        ? 'it is no linear layer, and the format quantises those'
        : 'it is the head, and the format quantises the layers of the blocks',
      'Compress the model with --scope linear, or choose another format.',
    );
  if (packed.conv1d && !conv1d)
    throw cannotHold(format, packed, 'it is a Conv1D, and runtimes of the format have only Linear');
}

/**
 * Returns the setting that all modules share.
 * @throws LabError unsupported naming the first module that differs
 */
export function sharedSetting<Value>(
  format: string,
  modules: readonly PackableModule[],
  what: string,
  of: (scheme: IntegerScheme) => Value,
): Value {
  // `layout` has refused everything but integers.
  const valueOf = ({ scheme }: PackableModule) => of(scheme as IntegerScheme);
  const value = valueOf(modules[0]);
  const other = modules.find((packed) => valueOf(packed) !== value);
  if (!other) return value;
  throw cannotHold(
    format,
    other,
    `its ${what} is ${String(valueOf(other))}, that of ${quoted(modules[0].module)} is ${String(value)}, and the format has one for all`,
  );
}

/**
 * Returns the group size that all modules share, −1 if every output of every module is one group. A row that is no longer than the
 * group is one group of that size, too.
 * @throws LabError unsupported naming the first module that differs
 */
export function sharedGroup(format: string, modules: readonly PackableModule[]): number {
  const sizes = modules.map(({ scheme }) => scheme as IntegerScheme);
  const size = sizes.find(({ group, inputs }) => group < inputs)?.group;
  if (size === undefined) return -1;
  const other = sizes.findIndex(
    ({ group, inputs }) => group !== size && !(group >= inputs && inputs <= size),
  );
  if (other < 0) return size;
  throw cannotHold(
    format,
    modules[other],
    `it has groups of ${sizes[other].group}, others have groups of ${size}, and the format has one size for all`,
  );
}

/**
 * Returns the bytes of real numbers in a checkpoint's type.
 * @throws LabError unsupported naming the module if the type does not hold one exactly
 */
export function floatBytes(
  format: string,
  packed: { module: string },
  values: Float32Array,
  type: FloatType,
): Uint8Array {
  if (type === 'F32') return bytesOfWords(values);
  const isHalf = type === 'F16';
  const bits = isHalf ? floatsToHalves(values) : floatsToBfloat16s(values);
  const back = isHalf ? halvesToFloats(bits) : bfloat16sToFloats(bits);
  const bad = values.findIndex((value, i) => value !== back[i]);
  if (bad < 0) return bytesOfWords(bits);
  throw cannotHold(
    format,
    packed,
    `its scale ${values[bad]} is not a ${isHalf ? 'float16' : 'bfloat16'} number, and the floats of the checkpoint are`,
    'Compress the model with --rest float32.',
  );
}

/** Returns the bytes of an array's elements, little-endian, without copying them. */
export function bytesOfWords({
  buffer,
  byteOffset,
  byteLength,
}: Uint16Array | Uint32Array | Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Joins the names, types and shapes of a module's tensors with their values. */
export function withBytes(
  layouts: readonly TensorLayout[],
  bytes: readonly (Uint8Array | undefined)[],
): NamedTensor[] {
  return layouts.map((layout, i) => ({ ...layout, bytes: bytes[i]! }));
}

/** Returns the layouts of a module's tensors from what the reader expects of them; the first type is the one that is written. */
export function layoutsOf(
  module: string,
  parts: Readonly<Record<string, { dtypes: readonly Dtype[]; shape: readonly number[] } | undefined>>,
  types: Readonly<Record<string, Dtype>> = {},
): TensorLayout[] {
  return Object.entries(parts).flatMap(([suffix, part]) =>
    part ? [{ name: `${module}.${suffix}`, dtype: types[suffix] ?? part.dtypes[0], shape: part.shape }] : [],
  );
}
