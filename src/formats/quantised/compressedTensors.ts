import { quoted } from '../../base/shown';
import { unpackCodes } from './bits';
import {
  badParts,
  bytesOf,
  FLOAT_TYPES,
  notImplemented,
  readFloats,
  readInputGroups,
  readWords,
  StoredParts,
  WORD_TYPES,
} from './parts';
import { consecutiveGroups } from './grouped';
import { QuantisationSettings } from './settings';
import { RestoredTensor, type QuantisedFormat, type QuantisedInput } from './types';

const NAME = 'compressed-tensors';
const BITS = [4, 8];

/** One entry of `config_groups`: what its layers have in common. */
interface Scheme {
  bits: number;
  symmetric: boolean;
  strategy: 'group' | 'channel' | 'tensor';
  /** Inputs of a group, for the strategy `group`. */
  group?: number;
  /** Whether runtimes quantise activations as well. */
  activations: boolean;
}

/**
 * compressed-tensors, as llm-compressor writes it and vLLM reads it, with integer weights: `pack-quantized` (4 or 8 bits in words)
 * and `int-quantized` (8 bits). Codes are signed; packed ones are stored with 2^(bits−1) added. `weight_scale` is [out, groups].
 * Packed zero points are packed along the outputs.
 */
export const compressedTensors: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const schemes = readSchemes(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.modules('.weight_scale');
    if (modules.length === 0) throw badParts(NAME, 'it has no tensor named weight_scale');
    const restored = new Map<string, RestoredTensor>();
    for (const module of modules) {
      const name = `${module}.weight`;
      if (input.isConv1d(name)) throw notImplemented(NAME, `${quoted(module)} is a Conv1D and not a Linear`);
      restored.set(name, await openModule(module, parts, schemes));
    }
    const note = schemes.some(({ activations }) => activations)
      ? 'runtimes quantise activations as well; here only the weights are quantised'
      : undefined;
    return {
      scheme: `compressed-tensors, ${[...new Set(schemes.map(schemeText))].join(' and ')}`,
      ...(note !== undefined && { note }),
      tensors: parts.with(restored),
    };
  },
};

function schemeText({ bits, symmetric, strategy, group, activations }: Scheme): string {
  const size =
    group === undefined
      ? strategy === 'tensor'
        ? 'one scale'
        : 'a scale for each output'
      : `group ${group}`;
  return `W${bits}A${activations ? 8 : 16}, ${size}, ${symmetric ? 'symmetric' : 'asymmetric'}`;
}

function readSchemes(values: QuantisedInput['settings']): Scheme[] {
  const settings = new QuantisationSettings(NAME, values);
  settings.text('quantization_status', ['compressed'], 'compressed');
  settings.text('format', ['pack-quantized', 'int-quantized', 'mixed-precision']);
  settings.absent('transform_config', 'transformed weights are not implemented');
  const sparsity = settings.object('sparsity_config');
  if (sparsity && Object.keys(sparsity).length > 0)
    new QuantisationSettings(NAME, sparsity).text('format', ['dense']);
  const groups = new QuantisationSettings(NAME, settings.object('config_groups') ?? {});
  const names = Object.keys(settings.object('config_groups') ?? {});
  if (names.length === 0) throw notImplemented(NAME, 'config_groups is missing or empty');
  return names.map((name) => readScheme(groups.object(name) ?? {}));
}

function readScheme(group: Readonly<Record<string, unknown>>): Scheme {
  const outer = new QuantisationSettings(NAME, group);
  outer.text('format', ['pack-quantized', 'int-quantized'], 'pack-quantized');
  const weights = new QuantisationSettings(NAME, outer.object('weights') ?? {});
  weights.text('type', ['int']);
  weights.absent('dynamic', 'weights with scales that are computed while running are not implemented');
  weights.text('actorder', ['group', 'weight', 'static', 'dynamic'], 'weight');
  const strategy = weights.text('strategy', ['group', 'channel', 'tensor']);
  return {
    bits: weights.oneOf('num_bits', BITS),
    symmetric: weights.flag('symmetric', true),
    strategy,
    ...(strategy === 'group' && { group: weights.integer('group_size') }),
    activations: outer.has('input_activations'),
  };
}

/** A layer with its parts checked. */
interface Layer {
  module: string;
  bits: number;
  outputs: number;
  inputs: number;
  /** Columns of `weight_scale`. */
  groups: number;
}

async function openModule(
  module: string,
  parts: StoredParts,
  schemes: readonly Scheme[],
): Promise<RestoredTensor> {
  return parts.has(`${module}.weight_packed`)
    ? openPacked(module, parts, schemes)
    : openIntegers(module, parts, schemes);
}

async function openPacked(
  module: string,
  parts: StoredParts,
  schemes: readonly Scheme[],
): Promise<RestoredTensor> {
  const packed = parts.required(`${module}.weight_packed`, { dtypes: WORD_TYPES, shape: [-1, -1] });
  const shapePart = parts.required(`${module}.weight_shape`, { dtypes: ['I64', 'I32'], shape: [2] });
  const [outputs, inputs] = readShape(shapePart.dtype, await shapePart.read());
  const bits = BITS.find((width) => Math.ceil((inputs * width) / 32) === packed.shape[1]);
  if (outputs !== packed.shape[0] || bits === undefined)
    throw badParts(
      NAME,
      `${quoted(module)} has the shape [${outputs}, ${inputs}], but its weight_packed has [${packed.shape}]`,
    );
  const scale = scalesOf(module, parts, outputs);
  const layer = { module, bits, outputs, inputs, groups: scale.shape[1] ?? 1 };
  const zeros = parts.optional(`${module}.weight_zero_point`, {
    dtypes: WORD_TYPES,
    shape: [Math.ceil((outputs * bits) / 32), layer.groups],
  });
  const index = parts.optional(`${module}.weight_g_idx`, { dtypes: WORD_TYPES, shape: [inputs] });
  checkScheme(layer, zeros === undefined, schemes);
  return new RestoredTensor(
    [outputs, inputs],
    {
      codes: packed.byteLength,
      scales: bytesOf(scale, zeros),
      codebooks: 0,
      tables: bytesOf(shapePart, index),
    },
    async () => {
      const words = await readWords(packed);
      const offset = 1 << (bits - 1);
      const row = new Uint8Array(inputs);
      return restoreRows(layer, {
        codesOf: (output, into) => {
          unpackCodes(words, { first: output * packed.shape[1], step: 1, bits }, row);
          for (let i = 0; i < inputs; i++) into[i] = row[i] - offset;
        },
        scales: await readFloats(scale),
        groupOf: index && (await orderOfInputs(layer, await readWords(index), index)),
        zeros: zeros && unpackZeros(await readWords(zeros), layer),
      });
    },
  );
}

function openIntegers(module: string, parts: StoredParts, schemes: readonly Scheme[]): RestoredTensor {
  const weight = parts.required(`${module}.weight`, { dtypes: ['I8'], shape: [-1, -1] });
  const [outputs, inputs] = weight.shape;
  const scale = scalesOf(module, parts, outputs);
  const layer = { module, bits: 8, outputs, inputs, groups: scale.shape[1] ?? 1 };
  const zeros = parts.optional(`${module}.weight_zero_point`, { dtypes: ['I8'], shape: scale.shape });
  const index = parts.optional(`${module}.weight_g_idx`, { dtypes: WORD_TYPES, shape: [inputs] });
  checkScheme(layer, zeros === undefined, schemes);
  return new RestoredTensor(
    [outputs, inputs],
    { codes: weight.byteLength, scales: bytesOf(scale, zeros), codebooks: 0, tables: bytesOf(index) },
    async () => {
      const codes = signed(await weight.read());
      return restoreRows(layer, {
        codesOf: (output, into) => into.set(codes.subarray(output * inputs, (output + 1) * inputs)),
        scales: await readFloats(scale),
        groupOf: index && (await orderOfInputs(layer, await readWords(index), index)),
        zeros: zeros && Int16Array.from(signed(await zeros.read())),
      });
    },
  );
}

function scalesOf(module: string, parts: StoredParts, outputs: number) {
  const name = `${module}.weight_scale`;
  // A scale for the whole tensor is a vector of one element, those of channels and groups are matrices.
  const shape = parts.rankOf(name) === 1 ? [1] : [outputs, -1];
  return parts.required(name, { dtypes: FLOAT_TYPES, shape });
}

/** Checks that config.json describes layers like this one, since bits and groups are taken from the tensors. */
function checkScheme(
  { module, bits, inputs, groups }: Layer,
  symmetric: boolean,
  schemes: readonly Scheme[],
): void {
  const fits = schemes.some(
    (scheme) =>
      scheme.bits === bits &&
      // Symmetric layers may have zero points that are all 0.
      (scheme.symmetric || !symmetric) &&
      (scheme.group === undefined ? groups === 1 : groups === inputs / scheme.group),
  );
  if (fits) return;
  throw badParts(
    NAME,
    `${quoted(module)} has ${bits} bits, ${groups} groups of its ${inputs} inputs and ${symmetric ? 'no ' : ''}zero points, which no entry of config_groups describes`,
  );
}

function readShape(dtype: string, bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (i: number) =>
    dtype === 'I64' ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true);
  return [at(0), at(1)];
}

/** Returns the group of every input; undefined where the layer was not reordered, which −1 says. */
async function orderOfInputs(
  { module, groups }: Layer,
  order: Uint32Array,
  index: Parameters<typeof readInputGroups>[2],
): Promise<Uint32Array | undefined> {
  if (order.includes(0xffffffff)) return undefined;
  return readInputGroups(NAME, `${module}.weight_g_idx`, index, groups);
}

/** Unpacks zero points [out·bits/32, groups], where each column is a stream of words, to [out, groups]. */
function unpackZeros(words: Uint32Array, { bits, outputs, groups }: Layer): Int16Array {
  const zeros = new Int16Array(outputs * groups);
  const column = new Uint8Array(outputs);
  for (let g = 0; g < groups; g++) {
    unpackCodes(words, { first: g, step: groups, bits }, column);
    for (let o = 0; o < outputs; o++) zeros[o * groups + g] = column[o] - (1 << (bits - 1));
  }
  return zeros;
}

interface RowParts {
  codesOf: (output: number, into: Int16Array) => void;
  /** [out, groups], or one value for all. */
  scales: Float32Array;
  groupOf: Uint32Array | undefined;
  /** [out, groups] */
  zeros: Int16Array | undefined;
}

function restoreRows(
  { inputs, outputs, groups }: Layer,
  { codesOf, scales, groupOf, zeros }: RowParts,
): Float32Array {
  const values = new Float32Array(outputs * inputs);
  const codes = new Int16Array(inputs);
  const group = groupOf ?? consecutiveGroups(inputs, Math.max(inputs / groups, 1));
  const [rowStep, whole] = scales.length === 1 ? [0, true] : [groups, false];
  for (let o = 0; o < outputs; o++) {
    codesOf(o, codes);
    for (let i = 0; i < inputs; i++) {
      const at = o * rowStep + (whole ? 0 : group[i]);
      values[o * inputs + i] = scales[at] * (codes[i] - (zeros ? zeros[at] : 0));
    }
  }
  return values;
}

function signed({ buffer, byteOffset, byteLength }: Uint8Array): Int8Array {
  return new Int8Array(buffer, byteOffset, byteLength);
}
