import { invariant } from '../../base/errors';
import type { Dtype } from '../dtypes';
import type { GroupedIntegers, IntegerScheme } from './integers';
import { NESTED_BLOCK, type BlockLookup, type LookupScheme } from './lookup';
import {
  bytesOfWords,
  cannotHold,
  integerScheme,
  LANGUAGE_MODELS,
  layoutsOf,
  requireLayer,
  withBytes,
  type FloatType,
  type PackableModule,
  type QuantisedWriter,
} from './write';

const NAME = 'bitsandbytes';
/** Block sizes of the library's kernels. */
const BLOCKS = [64, 128, 256, 512, 1024, 2048, 4096];
/** The longest text of a number. */
const NUMBER = 25;
const DTYPES: Readonly<Record<FloatType, string>> = { F16: 'float16', F32: 'float32', BF16: 'bfloat16' };

/** How the weights of int8 that the library restores differ from those of the artefact, since it multiplies in another order. */
const INT8_NOTE =
  'bitsandbytes restores int8 weights by other products than the lab: they differ by the rounding of float32, at most 2⁻²² of each.';

/**
 * Writes NF4 and FP4, with and without quantised block maxima, and int8 with inputs rounded by token as transformers saves a model of
 * bitsandbytes.
 */
export const bitsandbytesWriter: QuantisedWriter = {
  name: NAME,
  modelTypes: LANGUAGE_MODELS,
  ownScales: true,
  metadata: { format: 'pt' },

  layout(packed, floats) {
    const scheme = schemeOf(packed);
    return layoutsOf(
      packed.module,
      scheme.kind === 'lookup' ? fourBitParts(scheme, floats) : int8Parts(scheme),
    );
  },

  pack(packed, matrix, floats) {
    invariant(matrix.kind !== 'float8', NAME);
    const bytes = matrix.kind === 'lookup' ? fourBitBytes(packed, matrix, floats) : int8Bytes(matrix);
    return withBytes(bitsandbytesWriter.layout(packed, floats), bytes);
  },

  settings(modules, floats) {
    const [scheme] = modules.map(schemeOf);
    const other = modules.find((packed) => kindOf(schemeOf(packed)) !== kindOf(scheme));
    if (other) throw cannotHold(NAME, other, 'config.json names one type for all, and this is another');
    const isInt8 = scheme.kind === 'integers';
    const left = floats.map(({ module }) => module);
    const settings = {
      _load_in_4bit: !isInt8,
      _load_in_8bit: isInt8,
      bnb_4bit_compute_dtype: 'float32',
      bnb_4bit_quant_storage: 'uint8',
      // The default of a setting that has no effect with 8 bits.
      bnb_4bit_quant_type: isInt8 ? 'fp4' : scheme.type,
      bnb_4bit_use_double_quant: !isInt8 && scheme.nested,
      llm_int8_enable_fp32_cpu_offload: false,
      llm_int8_has_fp16_weight: false,
      // transformers leaves out the head itself.
      llm_int8_skip_modules: floats.some(({ place }) => place === 'block') ? left : null,
      // All inputs are rounded where the artefact was measured so; the default keeps those beyond 6 apart.
      llm_int8_threshold: isInt8 ? 0 : 6,
      load_in_4bit: !isInt8,
      load_in_8bit: isInt8,
      quant_method: NAME,
    };
    return { config: { quantization_config: settings }, ...(isInt8 && { note: INT8_NOTE }) };
  },
};

/** @throws LabError unsupported for what the library does not have */
function schemeOf(packed: PackableModule): LookupScheme | IntegerScheme {
  // The library stores a Conv1D as a Linear.
  requireLayer(NAME, packed, { places: ['block'], conv1d: true });
  const { scheme } = packed;
  if (scheme.kind !== 'lookup') return int8Scheme(packed);
  if (BLOCKS.includes(scheme.block)) return scheme;
  throw cannotHold(
    NAME,
    packed,
    `it has blocks of ${scheme.block}, and the library has ${BLOCKS.join(', ')}`,
  );
}

function int8Scheme(packed: PackableModule): IntegerScheme {
  const scheme = integerScheme(NAME, packed, [8], { roundsInputs: true });
  if (scheme.group < scheme.inputs || !scheme.symmetric)
    throw cannotHold(NAME, packed, 'the format has one symmetric scale for each output of int8');
  if (scheme.roundsInputs) return scheme;
  throw cannotHold(
    NAME,
    packed,
    'its inputs are not rounded, and the library rounds the inputs of int8 layers to 8 bits',
    'Compress the model with llm-int8(threshold=0), or choose another format.',
  );
}

/** Returns what config.json says of all modules. */
function kindOf(scheme: LookupScheme | IntegerScheme): string {
  return scheme.kind === 'lookup' ? `${scheme.type} ${scheme.nested}` : scheme.kind;
}

function int8Parts({ outputs, inputs }: IntegerScheme) {
  return {
    weight: { dtypes: ['I8'], shape: [outputs, inputs] },
    SCB: { dtypes: ['F32'], shape: [outputs] },
    weight_format: { dtypes: ['U8'], shape: [] },
  } as const;
}

function int8Bytes({ codes, scales, maxima }: GroupedIntegers): Uint8Array[] {
  const largest = maxima ?? scales.map((scale) => 127 * scale);
  // Codes from 0 on become signed bytes; rows as they are have the format 0.
  return [codes.map((code) => code ^ 0x80), bytesOfWords(largest), Uint8Array.of(0)];
}

function fourBitBytes(packed: PackableModule, matrix: BlockLookup, floats: FloatType): Uint8Array[] {
  const { maxima } = matrix;
  return [
    matrix.codes,
    maxima instanceof Float32Array ? bytesOfWords(maxima) : maxima.codes,
    bytesOfWords(matrix.levels),
    ...(maxima instanceof Float32Array ? [] : [bytesOfWords(maxima.map), bytesOfWords(maxima.scales)]),
    stateBytes(packed.scheme as LookupScheme, floats, offsetOf(matrix)),
  ];
}

function fourBitParts(scheme: LookupScheme, floats: FloatType) {
  const { outputs, inputs, block, nested, type } = scheme;
  const elements = outputs * inputs;
  const blocks = Math.ceil(elements / block);
  const part = (dtype: Dtype, ...shape: number[]) => ({ dtypes: [dtype], shape });
  return {
    weight: part('U8', Math.ceil(elements / 2), 1),
    'weight.absmax': part(nested ? 'U8' : 'F32', blocks),
    'weight.quant_map': part('F32', 16),
    'weight.nested_quant_map': nested ? part('F32', 256) : undefined,
    'weight.nested_absmax': nested ? part('F32', Math.ceil(blocks / NESTED_BLOCK)) : undefined,
    [`weight.quant_state.bitsandbytes__${type}`]: part('U8', stateBytes(scheme, floats, 0).length),
  };
}

/**
 * Returns the settings of a weight as the library writes them, JSON. Spaces follow that of block maxima, whose offset has a text of any
 * length, since the length of a tensor must be known before its values.
 */
function stateBytes(scheme: LookupScheme, floats: FloatType, offset: number): Uint8Array {
  const { type, block, outputs, inputs, nested } = scheme;
  const entries = [
    ['quant_type', JSON.stringify(type)],
    ['blocksize', block],
    ['dtype', JSON.stringify(DTYPES[floats])],
    ['shape', `[${outputs}, ${inputs}]`],
    ...(nested
      ? [
          ['nested_blocksize', NESTED_BLOCK],
          ['nested_dtype', '"float32"'],
          ['nested_offset', offset],
        ]
      : []),
  ];
  const text = `{${entries.map(([key, value]) => `"${key}": ${value}`).join(', ')}}`;
  return new TextEncoder().encode(nested ? text.padEnd(text.length + NUMBER - String(offset).length) : text);
}

function offsetOf({ maxima }: BlockLookup): number {
  return maxima instanceof Float32Array ? 0 : maxima.offset;
}
