import { quoted } from '../../base/shown';
import { unpackCodes } from './bits';
import { consecutiveGroups, restoreGrouped } from './grouped';
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
import { QuantisationSettings } from './settings';
import { RestoredTensor, type QuantisedFormat, type QuantisedInput } from './types';

const NAME = 'GPTQ';
const BITS = [2, 3, 4, 8];

interface Settings {
  bits: number;
  /** Inputs of a group; undefined if all inputs of a layer are one group. */
  group?: number;
  /** Added to a stored zero point: version 1 stores it minus one. */
  zeroOffset: 0 | 1;
  /** Whether modules may have other widths and groups than these; their tensors say which. */
  dynamic: boolean;
}

/**
 * GPTQ as AutoGPTQ and GPTQModel store it (Frantar et al. 2022). Of a layer [in, out]: `qweight` [in·bits/32, out] holds
 * consecutive inputs in each word, `qzeros` [groups, out·bits/32] consecutive outputs, both with the lowest bits first;
 * `scales` is [groups, out], and `g_idx` [in] has the group of each input.
 */
export const gptq: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const settings = readSettings(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.modules('.qweight');
    if (modules.length === 0) throw badParts(NAME, 'it has no tensor named qweight');
    const restored = new Map(
      modules.map((module) => [`${module}.weight`, openModule(module, parts, settings, input)]),
    );
    const group = settings.group === undefined ? 'one group for each output' : `group ${settings.group}`;
    const mixed = settings.dynamic ? ', other widths for some modules' : '';
    return { scheme: `GPTQ, ${settings.bits} bits, ${group}${mixed}`, tensors: parts.with(restored) };
  },
};

function readSettings(values: QuantisedInput['settings']): Settings {
  const settings = new QuantisationSettings(NAME, values);
  const version = settings.text('checkpoint_format', ['gptq', 'gptq_v2'], 'gptq');
  settings.text('pack_dtype', ['int32'], 'int32');
  settings.absent('is_marlin_format', 'Marlin’s order of weights is not implemented');
  settings.absent('rotation', 'rotated weights are not implemented');
  const group = settings.integer('group_size', -1);
  if (group !== -1 && group < 1) throw notImplemented(NAME, `group_size is ${group}`);
  return {
    bits: settings.oneOf('bits', BITS),
    ...(group !== -1 && { group }),
    zeroOffset: version === 'gptq_v2' ? 0 : 1,
    dynamic: settings.has('dynamic'),
  };
}

function openModule(
  module: string,
  parts: StoredParts,
  settings: Settings,
  { isConv1d }: QuantisedInput,
): RestoredTensor {
  const qweight = parts.required(`${module}.qweight`, { dtypes: WORD_TYPES, shape: [-1, -1] });
  const [wordRows, outputs] = qweight.shape;
  const index = parts.optional(`${module}.g_idx`, { dtypes: WORD_TYPES, shape: [-1] });
  const inputs = index ? index.shape[0] : (wordRows * 32) / settings.bits;
  const bits = settings.dynamic ? (wordRows * 32) / inputs : settings.bits;
  if (!BITS.includes(bits) || !Number.isSafeInteger(inputs) || inputs * bits !== wordRows * 32)
    throw badParts(
      NAME,
      `${quoted(`${module}.qweight`)} has ${wordRows} rows of words, which do not hold ${inputs} inputs of ${bits} bits`,
    );
  const scales = parts.required(`${module}.scales`, { dtypes: FLOAT_TYPES, shape: [-1, outputs] });
  const [groups] = scales.shape;
  const qzeros = parts.required(`${module}.qzeros`, {
    dtypes: WORD_TYPES,
    shape: [groups, Math.ceil((outputs * bits) / 32)],
  });
  const size = settings.dynamic ? Math.ceil(inputs / groups) : (settings.group ?? inputs);
  if (groups !== Math.ceil(inputs / size))
    throw badParts(
      NAME,
      `${quoted(`${module}.scales`)} has ${groups} groups for ${inputs} inputs in groups of ${size}`,
    );
  const conv1d = isConv1d(`${module}.weight`);
  return new RestoredTensor(
    conv1d ? [inputs, outputs] : [outputs, inputs],
    { codes: qweight.byteLength, scales: bytesOf(scales, qzeros), codebooks: 0, tables: bytesOf(index) },
    async () => {
      const words = await readWords(qweight);
      return restoreGrouped(
        {
          inputs,
          outputs,
          unpackInput: (row, into, at) => unpackInput(words, { row, outputs, bits }, into, at),
          groups: index
            ? await readInputGroups(NAME, `${module}.g_idx`, index, groups)
            : consecutiveGroups(inputs, size),
          zeros: zeroPoints(module, await readWords(qzeros), { groups, outputs, bits }, settings.zeroOffset),
          scales: await readFloats(scales),
        },
        conv1d,
      );
    },
  );
}

function unpackInput(
  words: Uint32Array,
  { row, outputs, bits }: { row: number; outputs: number; bits: number },
  into: Uint8Array,
  at: number,
): void {
  const mask = (1 << bits) - 1;
  const shift = (row * bits) & 31;
  const first = ((row * bits) >>> 5) * outputs;
  for (let o = 0; o < outputs; o++) {
    let code = words[first + o] >>> shift;
    if (shift + bits > 32) code |= words[first + outputs + o] << (32 - shift);
    into[at + o] = code & mask;
  }
}

/**
 * Unpacks the zero points. Version 1 cannot store a zero point of 0: it becomes −1, whose bits overwrite the zero points of the
 * following outputs in the word, and kernels disagree about what is left.
 * @throws LabError bad-file naming the module where that has happened
 */
function zeroPoints(
  module: string,
  words: Uint32Array,
  { groups, outputs, bits }: { groups: number; outputs: number; bits: number },
  offset: 0 | 1,
): Int16Array {
  const perGroup = words.length / groups;
  const zeros = new Int16Array(groups * outputs);
  for (let g = 0; g < groups; g++) {
    const row = zeros.subarray(g * outputs, (g + 1) * outputs);
    unpackCodes(words, { first: g * perGroup, step: 1, bits }, row);
    if (offset === 1 && row.includes((1 << bits) - 1))
      throw badParts(
        NAME,
        `the zero points of ${quoted(module)} were destroyed when they were written, since version 1 of the format cannot store a zero point of 0`,
      );
  }
  if (offset === 1) for (let i = 0; i < zeros.length; i++) zeros[i] += 1;
  return zeros;
}
