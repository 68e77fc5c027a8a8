import { invariant } from '../../base/errors';
import { quoted } from '../../base/shown';
import { packCodes, unpackCodes } from './bits';
import {
  consecutiveGroups,
  groupsOf,
  restoreIntegers,
  swappedAxes,
  zeroPoints,
  type GroupedIntegers,
  type IntegerSizes,
} from './integers';
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
import {
  bytesOfWords,
  cannotHold,
  floatBytes,
  LANGUAGE_MODELS,
  layoutsOf,
  integerScheme,
  requireLayer,
  requireMultiple,
  sharedSetting,
  sharedGroup,
  withBytes,
  type QuantisedWriter,
} from './write';

const NAME = 'GPTQ';
const BITS = [2, 3, 4, 8];
/** By the `checkpoint_format` of the settings, what is subtracted from a zero point to store it. */
const ZERO_OFFSETS = { gptq: 1, gptq_v2: 0 } as const;

type Version = keyof typeof ZERO_OFFSETS;

interface Settings {
  bits: number;
  /** Inputs of a group; undefined if all inputs of a layer are one group. */
  group?: number;
  version: Version;
  /** Whether modules may have other widths and groups than these; their tensors say which. */
  dynamic: boolean;
}

/**
 * Describes the tensors of a layer [in, out]: `qweight` has consecutive inputs in each word, `qzeros` consecutive outputs, both with
 * the lowest bits first, and `g_idx` the group of each input.
 */
function partsOf(sizes: IntegerSizes) {
  const { inputs, outputs, bits } = sizes;
  const groups = groupsOf(sizes);
  return {
    qweight: { dtypes: WORD_TYPES, shape: [(inputs * bits) / 32, outputs] },
    qzeros: { dtypes: WORD_TYPES, shape: [groups, Math.ceil((outputs * bits) / 32)] },
    scales: { dtypes: FLOAT_TYPES, shape: [groups, outputs] },
    g_idx: { dtypes: WORD_TYPES, shape: [inputs] },
  };
}

/** The stream of an output's codes in `qweight`. */
const codesOf = (output: number, { outputs, bits }: IntegerSizes) => ({ first: output, step: outputs, bits });
/** The stream of a group's zero points in `qzeros`. */
const zerosOf = (group: number, { outputs, bits }: IntegerSizes) => ({
  first: group * Math.ceil((outputs * bits) / 32),
  step: 1,
  bits,
});

/** The words and scales of a layer as they are stored. */
interface Stored {
  qweight: Uint32Array;
  qzeros: Uint32Array;
  /** [groups, out] */
  scales: Float32Array;
}

/**
 * Unpacks a layer. Version 1 cannot store a zero point of 0: it becomes −1, whose bits overwrite the zero points of the following
 * outputs in the word, and kernels disagree about what is left.
 * @throws LabError bad-file naming the module where that has happened
 */
export function unpackGptq(
  module: string,
  sizes: IntegerSizes,
  { qweight, qzeros, scales }: Stored,
  version: Version,
): GroupedIntegers {
  const { inputs, outputs, bits } = sizes;
  const groups = groupsOf(sizes);
  const offset = ZERO_OFFSETS[version];
  const codes = new Uint8Array(outputs * inputs);
  for (let o = 0; o < outputs; o++)
    unpackCodes(qweight, codesOf(o, sizes), codes.subarray(o * inputs, (o + 1) * inputs));
  const zeros = new Int16Array(groups * outputs);
  for (let g = 0; g < groups; g++) {
    const row = zeros.subarray(g * outputs, (g + 1) * outputs);
    unpackCodes(qzeros, zerosOf(g, sizes), row);
    if (offset === 1 && row.includes((1 << bits) - 1))
      throw badParts(
        NAME,
        `the zero points of ${quoted(module)} were destroyed when they were written, since version 1 of the format cannot store a zero point of 0`,
      );
  }
  for (let i = 0; i < zeros.length; i++) zeros[i] += offset;
  return {
    kind: 'integers',
    ...sizes,
    codes,
    zeros: swappedAxes(zeros, groups, outputs),
    scales: swappedAxes(scales, groups, outputs),
  };
}

/** Packs a layer as `unpackGptq` unpacks it; version 1 takes no zero point of 0. */
export function packGptq(matrix: GroupedIntegers, version: Version): Stored {
  const { inputs, outputs, codes, scales } = matrix;
  const groups = groupsOf(matrix);
  const { qweight, qzeros } = partsOf(matrix);
  const words = new Uint32Array(qweight.shape[0] * outputs);
  for (let o = 0; o < outputs; o++)
    packCodes(codes.subarray(o * inputs, (o + 1) * inputs), codesOf(o, matrix), words);
  const zeros = swappedAxes(zeroPoints(matrix), outputs, groups).map((zero) => zero - ZERO_OFFSETS[version]);
  const zeroWords = new Uint32Array(groups * qzeros.shape[1]);
  for (let g = 0; g < groups; g++)
    packCodes(zeros.subarray(g * outputs, (g + 1) * outputs), zerosOf(g, matrix), zeroWords);
  return { qweight: words, qzeros: zeroWords, scales: swappedAxes(scales, outputs, groups) };
}

/** GPTQ as AutoGPTQ and GPTQModel store it (Frantar et al. 2022). */
export const gptq: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const settings = readSettings(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.someModules('.qweight');
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
    version,
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
  const group = settings.dynamic ? Math.ceil(inputs / groups) : (settings.group ?? Math.max(inputs, 1));
  const sizes = { inputs, outputs, bits, group };
  if (groups !== groupsOf(sizes))
    throw badParts(
      NAME,
      `${quoted(`${module}.scales`)} has ${groups} groups for ${inputs} inputs in groups of ${group}`,
    );
  const qzeros = parts.required(`${module}.qzeros`, partsOf(sizes).qzeros);
  const conv1d = isConv1d(`${module}.weight`);
  return new RestoredTensor(
    conv1d ? [inputs, outputs] : [outputs, inputs],
    { codes: qweight.byteLength, scales: bytesOf(scales, qzeros), codebooks: 0, tables: bytesOf(index) },
    async () => {
      const order = index && (await readInputGroups(NAME, `${module}.g_idx`, index, groups));
      const stored = {
        qweight: await readWords(qweight),
        qzeros: await readWords(qzeros),
        scales: await readFloats(scales),
      };
      const matrix = unpackGptq(module, sizes, stored, settings.version);
      return restoreIntegers({ ...matrix, ...(order && { order }) }, conv1d);
    },
  );
}

/** Version 2 stores every zero point, and version 1, which more runtimes read, those of symmetric schemes. */
const versionOf = (symmetric: boolean): Version => (symmetric ? 'gptq' : 'gptq_v2');

/** Writes GPTQ as AutoGPTQ and GPTQModel do. */
export const gptqWriter: QuantisedWriter = {
  name: NAME,
  modelTypes: LANGUAGE_MODELS,
  metadata: { format: 'pt' },

  layout(packed) {
    requireLayer(NAME, packed, { places: ['block'], conv1d: true });
    const scheme = integerScheme(NAME, packed, BITS);
    requireMultiple(NAME, packed, 'inputs', 32);
    requireMultiple(NAME, packed, 'outputs', 32);
    return layoutsOf(packed.module, partsOf(scheme));
  },

  pack(packed, matrix) {
    invariant(matrix.kind === 'integers', NAME);
    const { qweight, qzeros, scales } = packGptq(matrix, versionOf(matrix.zeros === undefined));
    const order = matrix.order ?? consecutiveGroups(matrix.inputs, matrix.group);
    return withBytes(gptqWriter.layout(packed, 'F16'), [
      bytesOfWords(qweight),
      bytesOfWords(qzeros),
      floatBytes(NAME, packed, scales, 'F16'),
      bytesOfWords(order),
    ]);
  },

  settings(modules, floats) {
    const bits = sharedSetting(NAME, modules, 'number of bits', (scheme) => scheme.bits);
    const group = sharedGroup(NAME, modules);
    const symmetric = sharedSetting(NAME, modules, 'symmetry', (scheme) => scheme.symmetric);
    const left = floats.find(({ place }) => place === 'block');
    if (left) throw cannotHold(NAME, left, 'it is not quantised, and the format quantises whole blocks');
    const settings = {
      bits,
      group_size: group,
      damp_percent: 0.01,
      desc_act: false,
      static_groups: false,
      sym: symmetric,
      true_sequential: true,
      model_name_or_path: null,
      model_file_base_name: 'model',
      quant_method: 'gptq',
      checkpoint_format: versionOf(symmetric),
    };
    return { config: { quantization_config: settings }, files: { 'quantize_config.json': settings } };
  },
};
