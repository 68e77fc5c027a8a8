import { quoted } from '../../base/shown';
import { unpackCodes } from './bits';
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

const NAME = 'MLX';
const BITS = [2, 3, 4, 5, 6, 8];
const GROUPS = [32, 64, 128];

/** Bits and group of a module. */
interface Width {
  bits: number;
  group: number;
}

/**
 * MLX's affine quantisation, as mlx-lm saves it. A module is quantised if it has `scales`; `weight` [out, in·bits/32] is a stream of
 * bits for each row, and weight = scale · code + bias with `scales` and `biases` [out, in/group].
 */
export const mlx: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const { width, overrides } = readSettings(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.modules('.scales');
    if (modules.length === 0) throw badParts(NAME, 'it has no tensor named scales');
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
  const shape = [outputs, inputs / group];
  const scales = parts.required(`${module}.scales`, { dtypes: FLOAT_TYPES, shape });
  const biases = parts.required(`${module}.biases`, { dtypes: FLOAT_TYPES, shape });
  return new RestoredTensor(
    [outputs, inputs],
    { codes: weight.byteLength, scales: bytesOf(scales, biases), codebooks: 0, tables: 0 },
    async () => {
      const packed = await readWords(weight);
      const [scale, bias] = [await readFloats(scales), await readFloats(biases)];
      const values = new Float32Array(outputs * inputs);
      const codes = new Uint8Array(inputs);
      for (let o = 0, at = 0; o < outputs; o++) {
        unpackCodes(packed, { first: o * words, step: 1, bits }, codes);
        for (let i = 0; i < inputs; i++, at++) {
          const g = Math.floor(at / group);
          values[at] = Math.fround(scale[g] * codes[i]) + bias[g];
        }
      }
      return values;
    },
  );
}
