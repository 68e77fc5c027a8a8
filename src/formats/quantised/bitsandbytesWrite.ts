import { invariant } from '../../base/errors';
import type { Dtype } from '../dtypes';
import type { BlockLookup, LookupScheme } from './lookup';
import {
  bytesOfWords,
  cannotHold,
  LANGUAGE_MODELS,
  layoutsOf,
  requireLayer,
  STORED_AS,
  withBytes,
  type FloatType,
  type PackableModule,
  type QuantisedWriter,
} from './write';

const NAME = 'bitsandbytes';
/** Block sizes of the library's kernels. */
const BLOCKS = [64, 128, 256, 512, 1024, 2048, 4096];
/** Blocks whose maxima share a scale. */
const NESTED_BLOCK = 256;
/** The longest text of a number. */
const NUMBER = 25;
const DTYPES: Readonly<Record<FloatType, string>> = { F16: 'float16', F32: 'float32', BF16: 'bfloat16' };

/** Writes NF4 and FP4 as transformers saves a model of bitsandbytes, with and without quantised block maxima. */
export const bitsandbytesWriter: QuantisedWriter = {
  name: NAME,
  modelTypes: LANGUAGE_MODELS,
  metadata: { format: 'pt' },

  layout(packed, floats) {
    const scheme = schemeOf(packed);
    return layoutsOf(packed.module, partsOf(scheme, floats));
  },

  pack(packed, matrix, floats) {
    invariant(matrix.kind === 'lookup', NAME);
    const { maxima } = matrix;
    const bytes = [
      matrix.codes,
      maxima instanceof Float32Array ? bytesOfWords(maxima) : maxima.codes,
      bytesOfWords(matrix.levels),
      ...(maxima instanceof Float32Array ? [] : [bytesOfWords(maxima.map), bytesOfWords(maxima.scales)]),
      stateBytes(schemeOf(packed), floats, offsetOf(matrix)),
    ];
    return withBytes(bitsandbytesWriter.layout(packed, floats), bytes);
  },

  settings(modules, floats) {
    const schemes = modules.map(({ scheme }) => scheme as LookupScheme);
    const [{ type, nested }] = schemes;
    const other = schemes.findIndex((scheme) => scheme.type !== type || scheme.nested !== nested);
    if (other >= 0)
      throw cannotHold(NAME, modules[other], 'config.json names one type for all, and this is another');
    const left = floats.map(({ module }) => module);
    const settings = {
      _load_in_4bit: true,
      _load_in_8bit: false,
      bnb_4bit_compute_dtype: 'float32',
      bnb_4bit_quant_storage: 'uint8',
      bnb_4bit_quant_type: type,
      bnb_4bit_use_double_quant: nested,
      llm_int8_enable_fp32_cpu_offload: false,
      llm_int8_has_fp16_weight: false,
      // transformers leaves out the head itself.
      llm_int8_skip_modules: floats.some(({ place }) => place === 'block') ? left : null,
      llm_int8_threshold: 6,
      load_in_4bit: true,
      load_in_8bit: false,
      quant_method: NAME,
    };
    return { config: { quantization_config: settings } };
  },
};

function schemeOf(packed: PackableModule): LookupScheme {
  // The library stores a Conv1D as a Linear.
  requireLayer(NAME, packed, { places: ['block'], conv1d: true });
  const { scheme } = packed;
  if (scheme.kind !== 'lookup')
    throw cannotHold(NAME, packed, `${STORED_AS[scheme.kind]}, and the format has levels of NF4 or FP4`);
  if (BLOCKS.includes(scheme.block)) return scheme;
  throw cannotHold(
    NAME,
    packed,
    `it has blocks of ${scheme.block}, and the library has ${BLOCKS.join(', ')}`,
  );
}

function partsOf(scheme: LookupScheme, floats: FloatType) {
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
