import { invariant } from '../../base/errors';
import { quoted } from '../../base/shown';
import {
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
  readWords,
  StoredParts,
  WORD_TYPES,
} from './parts';
import { QuantisationSettings } from './settings';
import { RestoredTensor, type QuantisedFormat, type QuantisedInput } from './types';
import {
  bytesOfWords,
  floatBytes,
  LANGUAGE_MODELS,
  layoutsOf,
  integerScheme,
  requireLayer,
  requireMultiple,
  cannotHold,
  sharedGroup,
  withBytes,
  type PackableModule,
  type QuantisedWriter,
} from './write';

const NAME = 'AWQ';
const BITS = 4;
/** Outputs whose codes of 4 bits share a word. */
const PER_WORD = 8;
/** Position in its word of each of eight neighbouring outputs, in codes of 4 bits. */
const POSITIONS = [0, 4, 1, 5, 2, 6, 3, 7];

type Sizes = Omit<IntegerSizes, 'bits'>;

/** Describes the tensors of a layer [in, out]: `qweight` and `qzeros` have eight outputs in each word, interleaved. */
function partsOf(sizes: Sizes) {
  const { inputs, outputs } = sizes;
  const groups = groupsOf(sizes);
  return {
    qweight: { dtypes: WORD_TYPES, shape: [inputs, outputs / PER_WORD] },
    qzeros: { dtypes: WORD_TYPES, shape: [groups, outputs / PER_WORD] },
    scales: { dtypes: FLOAT_TYPES, shape: [groups, outputs] },
  };
}

/** The word of an output in row `row` of a matrix of words, and the shift of its bits there. */
function placeOf(row: number, output: number, outputs: number): [word: number, shift: number] {
  return [row * (outputs / PER_WORD) + (output >>> 3), BITS * POSITIONS[output & 7]];
}

/** The words and scales of a layer as they are stored. */
interface Stored {
  qweight: Uint32Array;
  qzeros: Uint32Array;
  /** [groups, out] */
  scales: Float32Array;
}

export function unpackAwq(sizes: Sizes, { qweight, qzeros, scales }: Stored): GroupedIntegers {
  const { inputs, outputs } = sizes;
  const groups = groupsOf(sizes);
  const codes = new Uint8Array(outputs * inputs);
  const zeros = new Int16Array(outputs * groups);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const [word, shift] = placeOf(i, o, outputs);
      codes[o * inputs + i] = (qweight[word] >>> shift) & 15;
    }
    for (let g = 0; g < groups; g++) {
      const [word, shift] = placeOf(g, o, outputs);
      zeros[o * groups + g] = (qzeros[word] >>> shift) & 15;
    }
  }
  return {
    kind: 'integers',
    ...sizes,
    bits: BITS,
    codes,
    zeros,
    scales: swappedAxes(scales, groups, outputs),
  };
}

/** Packs a layer as `unpackAwq` unpacks it. */
export function packAwq(matrix: GroupedIntegers): Stored {
  const { inputs, outputs, codes, scales } = matrix;
  const groups = groupsOf(matrix);
  const zeros = zeroPoints(matrix);
  const qweight = new Uint32Array((inputs * outputs) / PER_WORD);
  const qzeros = new Uint32Array((groups * outputs) / PER_WORD);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const [word, shift] = placeOf(i, o, outputs);
      qweight[word] |= codes[o * inputs + i] << shift;
    }
    for (let g = 0; g < groups; g++) {
      const [word, shift] = placeOf(g, o, outputs);
      qzeros[word] |= zeros[o * groups + g] << shift;
    }
  }
  return { qweight, qzeros, scales: swappedAxes(scales, outputs, groups) };
}

/**
 * AWQ (Lin et al. 2023) as AutoAWQ stores it for its GEMM kernel: 4 bits with zero points. Norms may hold folded scales.
 */
export const awq: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const group = readSettings(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.someModules('.qweight');
    const restored = new Map(
      modules.map((module) => [`${module}.weight`, openModule(module, parts, group, input)]),
    );
    const groups = group === undefined ? 'one group for each output' : `group ${group}`;
    return { scheme: `AWQ, 4 bits, ${groups}`, tensors: parts.with(restored) };
  },
};

/** Returns the inputs of a group; undefined if all inputs of a layer are one group. */
function readSettings(values: QuantisedInput['settings']): number | undefined {
  const settings = new QuantisationSettings(NAME, values);
  settings.oneOf('bits', [BITS]);
  settings.text('version', ['gemm'], 'gemm');
  if (!settings.flag('zero_point', true)) throw notImplemented(NAME, 'zero_point is false');
  const group = settings.integer('group_size');
  if (group !== -1 && group < 1) throw notImplemented(NAME, `group_size is ${group}`);
  return group === -1 ? undefined : group;
}

function openModule(
  module: string,
  parts: StoredParts,
  group: number | undefined,
  { isConv1d }: QuantisedInput,
): RestoredTensor {
  const qweight = parts.required(`${module}.qweight`, { dtypes: WORD_TYPES, shape: [-1, -1] });
  const [inputs, wordColumns] = qweight.shape;
  const sizes = { inputs, outputs: wordColumns * PER_WORD, group: group ?? Math.max(inputs, 1) };
  if (inputs % sizes.group !== 0)
    throw badParts(
      NAME,
      `${quoted(`${module}.qweight`)} has ${inputs} inputs, no multiple of the group ${sizes.group}`,
    );
  const expected = partsOf(sizes);
  const qzeros = parts.required(`${module}.qzeros`, expected.qzeros);
  const scales = parts.required(`${module}.scales`, expected.scales);
  const conv1d = isConv1d(`${module}.weight`);
  return new RestoredTensor(
    conv1d ? [inputs, sizes.outputs] : [sizes.outputs, inputs],
    { codes: qweight.byteLength, scales: bytesOf(scales, qzeros), codebooks: 0, tables: 0 },
    async () => {
      const stored = {
        qweight: await readWords(qweight),
        qzeros: await readWords(qzeros),
        scales: await readFloats(scales),
      };
      return restoreIntegers(unpackAwq(sizes, stored), conv1d);
    },
  );
}

/** Returns the group size that all modules share. @throws LabError unsupported naming a module that is no whole number of groups */
function wholeGroups(modules: readonly PackableModule[]): number {
  const size = sharedGroup(NAME, modules);
  const other = modules.find(({ scheme }) => size > 0 && scheme.inputs % size !== 0);
  if (!other) return size;
  throw cannotHold(NAME, other, `its ${other.scheme.inputs} inputs are not a multiple of the group ${size}`);
}

/** Writes AWQ as AutoAWQ does. */
export const awqWriter: QuantisedWriter = {
  name: NAME,
  modelTypes: LANGUAGE_MODELS,
  metadata: { format: 'pt' },

  layout(packed) {
    requireLayer(NAME, packed, { places: ['block'] });
    const scheme = integerScheme(NAME, packed, [BITS]);
    requireMultiple(NAME, packed, 'outputs', PER_WORD);
    if (scheme.group < scheme.inputs) requireMultiple(NAME, packed, 'inputs', scheme.group);
    return layoutsOf(packed.module, partsOf(scheme));
  },

  pack(packed, matrix) {
    invariant(matrix.kind === 'integers', NAME);
    const { qweight, qzeros, scales } = packAwq(matrix);
    return withBytes(awqWriter.layout(packed, 'F16'), [
      bytesOfWords(qweight),
      bytesOfWords(qzeros),
      floatBytes(NAME, packed, scales, 'F16'),
    ]);
  },

  settings(modules, floats) {
    const left = floats.filter(({ place }) => place === 'block').map(({ module }) => module);
    const settings = {
      quant_method: 'awq',
      zero_point: true,
      group_size: wholeGroups(modules),
      bits: BITS,
      version: 'gemm',
      // transformers leaves out the head itself.
      modules_to_not_convert: left.length === 0 ? null : left,
    };
    return { config: { quantization_config: settings } };
  },
};
