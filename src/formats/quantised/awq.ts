import { quoted } from '../../base/shown';
import { consecutiveGroups, restoreGrouped } from './grouped';
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

const NAME = 'AWQ';
/** Outputs whose codes of 4 bits share a word. */
const PER_WORD = 8;
/** Position in its word of each of eight neighbouring outputs, in codes of 4 bits. */
const POSITIONS = [0, 4, 1, 5, 2, 6, 3, 7];

/**
 * AWQ (Lin et al. 2023) as AutoAWQ stores it for its GEMM kernel: 4 bits with zero points. Of a layer [in, out]: `qweight`
 * [in, out/8] and `qzeros` [groups, out/8] hold eight outputs in each word, interleaved; `scales` is [groups, out]. Norms may
 * hold folded scales.
 */
export const awq: QuantisedFormat = {
  name: NAME,
  async open(input) {
    const group = readSettings(input.settings);
    const parts = new StoredParts(NAME, input.tensors);
    const modules = parts.modules('.qweight');
    if (modules.length === 0) throw badParts(NAME, 'it has no tensor named qweight');
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
  settings.oneOf('bits', [4]);
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
  const outputs = wordColumns * PER_WORD;
  const size = group ?? Math.max(inputs, 1);
  if (inputs % size !== 0)
    throw badParts(
      NAME,
      `${quoted(`${module}.qweight`)} has ${inputs} inputs, no multiple of the group ${size}`,
    );
  const groups = inputs / size;
  const qzeros = parts.required(`${module}.qzeros`, { dtypes: WORD_TYPES, shape: [groups, wordColumns] });
  const scales = parts.required(`${module}.scales`, { dtypes: FLOAT_TYPES, shape: [groups, outputs] });
  const conv1d = isConv1d(`${module}.weight`);
  return new RestoredTensor(
    conv1d ? [inputs, outputs] : [outputs, inputs],
    { codes: qweight.byteLength, scales: bytesOf(scales, qzeros), codebooks: 0, tables: 0 },
    async () => {
      const words = await readWords(qweight);
      const zeroWords = await readWords(qzeros);
      const zeros = new Int16Array(groups * outputs);
      for (let g = 0; g < groups; g++) unpackRow(zeroWords, g * wordColumns, zeros, g * outputs, outputs);
      return restoreGrouped(
        {
          inputs,
          outputs,
          unpackInput: (row, into, at) => unpackRow(words, row * wordColumns, into, at, outputs),
          groups: consecutiveGroups(inputs, size),
          zeros,
          scales: await readFloats(scales),
        },
        conv1d,
      );
    },
  );
}

function unpackRow(
  words: Uint32Array,
  first: number,
  into: Uint8Array | Int16Array,
  at: number,
  outputs: number,
): void {
  for (let o = 0; o < outputs; o++) into[at + o] = (words[first + (o >>> 3)] >>> (4 * POSITIONS[o & 7])) & 15;
}
