import { invariant } from '../../base/errors';
import { quoted } from '../../base/shown';
import { packCodes, unpackCodes } from './bits';
import { groupsOf, zeroPoints, type IntegerScheme, type IntegerSizes } from './integers';
import {
  badParts,
  bytesOf,
  FLOAT_TYPES,
  notImplemented,
  readFloats,
  readWords,
  StoredParts,
  WORD_TYPES,
} from './parts';
import { QuantisationSettings } from './settings';
import { RestoredTensor, type QuantisedFormat, type QuantisedInput } from './types';
import {
  bytesOfWords,
  cannotHold,
  floatBytes,
  layoutsOf,
  integerScheme,
  requireLayer,
  requireMultiple,
  withBytes,
  type FloatType,
  type PackableModule,
  type QuantisedWriter,
} from './write';

const NAME = 'MLX';
const BITS = [2, 3, 4, 5, 6, 8];
const GROUPS = [32, 64, 128];

/** Bits and group of a module. */
interface Width {
  bits: number;
  group: number;
}

/** Describes the tensors of a module: `weight` is a stream of bits for each row. */
function partsOf(sizes: IntegerSizes) {
  const { outputs, inputs, bits } = sizes;
  const shape = [outputs, groupsOf(sizes)];
  return {
    weight: { dtypes: ['U32', 'I32'] as const, shape: [outputs, (inputs * bits) / 32] },
    scales: { dtypes: FLOAT_TYPES, shape },
    biases: { dtypes: FLOAT_TYPES, shape },
  };
}

/** The stream of a row's codes. */
const codesOf = (row: number, { inputs, bits }: IntegerSizes) => ({
  first: (row * inputs * bits) / 32,
  step: 1,
  bits,
});

/** Unpacks codes [out, in]. */
export function unpackMlx(words: Uint32Array, sizes: IntegerSizes): Uint8Array {
  const { outputs, inputs } = sizes;
  const codes = new Uint8Array(outputs * inputs);
  for (let o = 0; o < outputs; o++)
    unpackCodes(words, codesOf(o, sizes), codes.subarray(o * inputs, (o + 1) * inputs));
  return codes;
}

/** Packs codes as `unpackMlx` unpacks them. */
export function packMlx(codes: Uint8Array, sizes: IntegerSizes): Uint32Array {
  const { outputs, inputs, bits } = sizes;
  const words = new Uint32Array((outputs * inputs * bits) / 32);
  for (let o = 0; o < outputs; o++)
    packCodes(codes.subarray(o * inputs, (o + 1) * inputs), codesOf(o, sizes), words);
  return words;
}

/**
 * MLX's affine quantisation, as mlx-lm saves it. A module is quantised if it has `scales`; weight = scale · code + bias with `scales`
 * and `biases` [out, in/group].
 */
export const mlx: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const { width, overrides } = readSettings(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.someModules('.scales');
    const restored = new Map(
      modules.map((module) => [
        `${module}.weight`,
        openModule(module, parts, overrides.get(module) ?? width, input),
      ]),
    );
    const mixed = overrides.size > 0 ? ', other widths for some modules' : '';
    return { scheme: `MLX, ${width.bits} bits, group ${width.group}${mixed}`, tensors: parts.with(restored) };
  },
};

function readSettings(values: QuantisedInput['settings']) {
  const settings = new QuantisationSettings(NAME, values);
  const overrides = new Map<string, Width>();
  for (const [key, value] of Object.entries(values))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      overrides.set(key, readWidth(new QuantisationSettings(NAME, value as Record<string, unknown>)));
  return { width: readWidth(settings), overrides };
}

function readWidth(settings: QuantisationSettings): Width {
  settings.text('mode', ['affine'], 'affine');
  return { bits: settings.oneOf('bits', BITS), group: settings.oneOf('group_size', GROUPS) };
}

function openModule(
  module: string,
  parts: StoredParts,
  { bits, group }: Width,
  { isConv1d }: QuantisedInput,
): RestoredTensor {
  const name = `${module}.weight`;
  if (isConv1d(name)) throw notImplemented(NAME, `${quoted(module)} is a Conv1D and not a Linear`);
  const weight = parts.required(name, { dtypes: WORD_TYPES, shape: [-1, -1] });
  const [outputs, words] = weight.shape;
  const inputs = (words * 32) / bits;
  if (inputs % group !== 0)
    throw badParts(
      NAME,
      `${quoted(name)} has ${words} words a row, which hold no whole groups of ${group} codes of ${bits} bits`,
    );
  const sizes = { outputs, inputs, bits, group };
  const expected = partsOf(sizes);
  const scales = parts.required(`${module}.scales`, expected.scales);
  const biases = parts.required(`${module}.biases`, expected.biases);
  return new RestoredTensor(
    [outputs, inputs],
    { codes: weight.byteLength, scales: bytesOf(scales, biases), codebooks: 0, tables: 0 },
    async () => {
      const codes = unpackMlx(await readWords(weight), sizes);
      const [scale, bias] = [await readFloats(scales), await readFloats(biases)];
      const values = new Float32Array(outputs * inputs);
      // Rows are whole groups.
      for (let at = 0; at < values.length; at++) {
        const g = Math.floor(at / group);
        values[at] = Math.fround(scale[g] * codes[at]) + bias[g];
      }
      return values;
    },
  );
}

/**
 * The type of scales and biases. A bias is −scale · zero point, which float16 holds exactly only where the zero point is a power of two,
 * as in symmetric schemes.
 */
const typeOf = ({ symmetric }: { symmetric: boolean }, floats: FloatType): FloatType =>
  symmetric ? floats : 'F32';

/** Writes MLX's affine quantisation as mlx-lm does. */
export const mlxWriter: QuantisedWriter = {
  name: NAME,
  // The models of mlx-lm (folder mlx_lm/models) whose layers are Linear and whose names are those of transformers.
  modelTypes: ['llama', 'phi3', 'qwen3', 'gpt_neox'],
  metadata: { format: 'mlx' },

  layout(packed, floats) {
    requireLayer(NAME, packed, { places: ['block', 'head', 'table'] });
    const scheme = integerScheme(NAME, packed, BITS);
    if (!GROUPS.includes(scheme.group))
      throw cannotHold(
        NAME,
        packed,
        `it has groups of ${scheme.group}, and the format has ${GROUPS.join(', ')}`,
      );
    requireMultiple(NAME, packed, 'inputs', scheme.group);
    const type = typeOf(scheme, floats);
    return layoutsOf(packed.module, partsOf(scheme), { scales: type, biases: type });
  },

  pack(packed, matrix, floats) {
    invariant(matrix.kind === 'integers', NAME);
    const type = typeOf({ symmetric: matrix.zeros === undefined }, floats);
    const { codes, scales } = matrix;
    const zeros = zeroPoints(matrix);
    const biases = scales.map((scale, i) => 0 - scale * zeros[i]);
    return withBytes(mlxWriter.layout(packed, floats), [
      bytesOfWords(packMlx(codes, matrix)),
      floatBytes(NAME, packed, scales, type),
      floatBytes(NAME, packed, biases, type),
    ]);
  },

  settings(modules) {
    const widthOf = ({ scheme }: PackableModule) => {
      const { group, bits } = scheme as IntegerScheme;
      return { group_size: group, bits };
    };
    const first = widthOf(modules[0]);
    const others = modules
      .map((packed) => [packed.module, widthOf(packed)] as const)
      .filter(([, width]) => width.group_size !== first.group_size || width.bits !== first.bits);
    const settings = { ...first, mode: 'affine', ...Object.fromEntries(others) };
    return { config: { quantization: settings, quantization_config: settings } };
  },
};
