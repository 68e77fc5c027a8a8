import { invariant } from '../../../base/errors';
import { blocksOf, type Float8Scheme, type ScaledFloat8 } from '../float8';
import type { GroupedIntegers, IntegerScheme } from '../integers';
import { FLOAT_TYPES } from '../parts';
import {
  bytesOfWords,
  cannotHold,
  floatBytes,
  integerScheme,
  layoutsOf,
  requireLayer,
  requireMultiple,
  withBytes,
  type FloatType,
  type PackableModule,
  type QuantisedWriter,
} from '../write';
import { NAME } from './name';
import { packCompressed, packedParts } from './packed';

const BITS = [4, 8];
/** Blocks of 8-bit floats that runtimes have kernels for. */
const BLOCK = 128;

/**
 * Writes compressed-tensors as llm-compressor does: integers as `pack-quantized`, those of layers whose inputs are rounded as well as
 * `int-quantized`, 8-bit floats as `float-quantized`.
 */
export const compressedTensorsWriter: QuantisedWriter = {
  name: NAME,
  metadata: { format: 'pt' },

  layout(packed, floats) {
    requireLayer(NAME, packed, { places: ['block', 'head'] });
    const scheme = schemeOf(packed);
    const parts = scheme.kind === 'float8' ? floatParts(packed, scheme) : integerParts(packed, scheme);
    return layoutsOf(packed.module, parts, { weight_scale: floats });
  },

  pack(packed, matrix, floats) {
    const layouts = compressedTensorsWriter.layout(packed, floats);
    invariant(matrix.kind !== 'lookup', NAME);
    const bytes =
      matrix.kind === 'float8' ? floatValues(packed, matrix, floats) : integerValues(packed, matrix, floats);
    return withBytes(layouts, bytes);
  },

  settings(modules, left) {
    const schemes = new Map<string, PackableModule[]>();
    const groupSizes = groupSizesOf(modules);
    for (const packed of modules) {
      const scheme = schemeOf(packed);
      const key = JSON.stringify([formatOf(scheme), weightSettings(scheme, groupSizes)]);
      schemes.set(key, [...(schemes.get(key) ?? []), packed]);
    }
    const formats = new Set(modules.map((packed) => formatOf(schemeOf(packed))));
    const groups = [...schemes.values()].map((alike, i) => {
      const scheme = schemeOf(alike[0]);
      return [
        `group_${i}`,
        {
          format: formatOf(scheme),
          input_activations: formatOf(scheme) === 'int-quantized' ? TOKENS : null,
          output_activations: null,
          targets: schemes.size === 1 ? ['Linear'] : alike.map(({ module }) => module),
          weights: weightSettings(scheme, groupSizes),
        },
      ];
    });
    const settings = {
      config_groups: Object.fromEntries(groups) as Record<string, unknown>,
      format: formats.size === 1 ? [...formats][0] : 'mixed-precision',
      global_compression_ratio: null,
      ignore: left.map(({ module }) => module),
      kv_cache_scheme: null,
      quant_method: 'compressed-tensors',
      quantization_status: 'compressed',
      sparsity_config: {},
      transform_config: {},
    };
    return { config: { quantization_config: settings } };
  },
};

type Scheme = IntegerScheme | Float8Scheme;

/** Inputs that runtimes round to 8 bits, with a scale for each token. */
const TOKENS = {
  actorder: null,
  block_structure: null,
  dynamic: true,
  group_size: null,
  num_bits: 8,
  observer: null,
  observer_kwargs: {},
  strategy: 'token',
  symmetric: true,
  type: 'int',
};

/** @throws LabError unsupported for other codes than integers and 8-bit floats */
function schemeOf(packed: PackableModule): Scheme {
  const { scheme } = packed;
  return scheme.kind === 'float8' ? scheme : integerScheme(NAME, packed, BITS, { roundsInputs: true });
}

function formatOf(scheme: Scheme): string {
  if (scheme.kind === 'float8') return 'float-quantized';
  return scheme.roundsInputs ? 'int-quantized' : 'pack-quantized';
}

/** Returns the sizes of groups that do not span a whole row. */
function groupSizesOf(modules: readonly PackableModule[]): ReadonlySet<number> {
  const sizes = modules.flatMap(({ scheme }) =>
    scheme.kind === 'integers' && scheme.group < scheme.inputs ? [scheme.group] : [],
  );
  return new Set(sizes);
}

/** @param groupSizes those of all modules; a row that is as long as one of them is one group, and not a channel */
function weightSettings(scheme: Scheme, groupSizes: ReadonlySet<number>) {
  const isFloat = scheme.kind === 'float8';
  const grouped = scheme.kind === 'integers' && groupSizes.has(scheme.group);
  const strategy = isFloat ? strategyOf(scheme) : grouped ? 'group' : 'channel';
  return {
    actorder: null,
    block_structure: strategy === 'block' ? [BLOCK, BLOCK] : null,
    dynamic: false,
    group_size: grouped ? scheme.group : null,
    num_bits: isFloat ? 8 : scheme.bits,
    observer: 'minmax',
    observer_kwargs: {},
    strategy,
    symmetric: isFloat || scheme.symmetric,
    type: isFloat ? 'float' : 'int',
  };
}

function strategyOf({
  outputs,
  inputs,
  block: [rows, columns],
}: Float8Scheme): 'tensor' | 'channel' | 'block' {
  if (rows === 1) return 'channel';
  const isSquare = rows === BLOCK && columns === BLOCK;
  return rows >= outputs && columns >= inputs && !isSquare ? 'tensor' : 'block';
}

function integerParts(packed: PackableModule, scheme: IntegerScheme) {
  if (scheme.roundsInputs)
    return {
      weight: { dtypes: ['I8'] as const, shape: [scheme.outputs, scheme.inputs] },
      weight_scale: { dtypes: FLOAT_TYPES, shape: [scheme.outputs, 1] },
    };
  if (scheme.group < scheme.inputs) requireMultiple(NAME, packed, 'inputs', scheme.group);
  const { weight_zero_point, ...parts } = packedParts(scheme);
  return scheme.symmetric ? parts : { ...parts, weight_zero_point };
}

function integerValues(packed: PackableModule, matrix: GroupedIntegers, floats: FloatType) {
  if (formatOf(schemeOf(packed)) === 'int-quantized')
    return [matrix.codes.map((code) => code ^ 0x80), floatBytes(NAME, packed, matrix.scales, floats)];
  const { codes, zeros } = packCompressed(matrix);
  return [
    bytesOfWords(codes),
    floatBytes(NAME, packed, matrix.scales, floats),
    bytesOfWords(BigInt64Array.of(BigInt(matrix.outputs), BigInt(matrix.inputs))),
    ...(zeros ? [bytesOfWords(zeros)] : []),
  ];
}

function floatParts(packed: PackableModule, scheme: Float8Scheme) {
  if (scheme.format !== 'e4m3')
    throw cannotHold(NAME, packed, `it is stored as ${scheme.format}, and the format has e4m3`);
  const tensor = strategyOf(scheme) === 'tensor';
  return {
    weight: { dtypes: ['F8_E4M3'] as const, shape: [scheme.outputs, scheme.inputs] },
    weight_scale: { dtypes: FLOAT_TYPES, shape: tensor ? [1] : blocksOf(scheme) },
  };
}

function floatValues(packed: PackableModule, { codes, scales }: ScaledFloat8, floats: FloatType) {
  return [codes, floatBytes(NAME, packed, scales, floats)];
}
