import { packCodes, unpackCodes } from '../bits';
import { groupsOf, type GroupedIntegers, type IntegerSizes } from '../integers';
import { FLOAT_TYPES, WORD_TYPES } from '../parts';

/**
 * Describes the tensors of a layer that is stored as `pack-quantized`: rows of codes in words, scales [out, groups], and zero points
 * in words along the outputs, a stream for each group. Codes and zero points are signed and stored with 2^(bits−1) added.
 */
export function packedParts(sizes: IntegerSizes) {
  const { outputs, inputs, bits } = sizes;
  const groups = groupsOf(sizes);
  return {
    weight_packed: { dtypes: WORD_TYPES, shape: [outputs, Math.ceil((inputs * bits) / 32)] },
    weight_scale: { dtypes: FLOAT_TYPES, shape: [outputs, groups] },
    weight_shape: { dtypes: ['I64', 'I32'] as const, shape: [2] },
    weight_zero_point: { dtypes: WORD_TYPES, shape: [Math.ceil((outputs * bits) / 32), groups] },
  };
}

/** The stream of a row's codes. */
const codesOf = (row: number, { inputs, bits }: IntegerSizes) => ({
  first: row * Math.ceil((inputs * bits) / 32),
  step: 1,
  bits,
});
/** The stream of a group's zero points. */
const zerosOf = (group: number, sizes: IntegerSizes) => ({
  first: group,
  step: groupsOf(sizes),
  bits: sizes.bits,
});

/** The words of a layer as they are stored. */
interface PackedWords {
  codes: Uint32Array;
  zeros?: Uint32Array;
}

/** Unpacks codes [out, in] and zero points [out, groups], both as they are stored, without a sign. */
export function unpackCompressed(
  words: PackedWords,
  sizes: IntegerSizes,
): Pick<GroupedIntegers, 'codes' | 'zeros'> {
  const { outputs, inputs } = sizes;
  const codes = new Uint8Array(outputs * inputs);
  for (let o = 0; o < outputs; o++)
    unpackCodes(words.codes, codesOf(o, sizes), codes.subarray(o * inputs, (o + 1) * inputs));
  if (!words.zeros) return { codes };
  const groups = groupsOf(sizes);
  const zeros = new Int16Array(outputs * groups);
  const column = new Uint8Array(outputs);
  for (let g = 0; g < groups; g++) {
    unpackCodes(words.zeros, zerosOf(g, sizes), column);
    for (let o = 0; o < outputs; o++) zeros[o * groups + g] = column[o];
  }
  return { codes, zeros };
}

/** Packs codes and zero points as `unpackCompressed` unpacks them. */
export function packCompressed(matrix: GroupedIntegers): PackedWords {
  const { outputs, inputs, codes, zeros } = matrix;
  const { weight_packed, weight_zero_point } = packedParts(matrix);
  const [, perRow] = weight_packed.shape;
  const words = new Uint32Array(outputs * perRow);
  for (let o = 0; o < outputs; o++)
    packCodes(codes.subarray(o * inputs, (o + 1) * inputs), codesOf(o, matrix), words);
  if (!zeros) return { codes: words };
  const [zeroRows, groups] = weight_zero_point.shape;
  const zeroWords = new Uint32Array(zeroRows * groups);
  for (let g = 0; g < groups; g++) {
    const column = Uint8Array.from({ length: outputs }, (_, o) => zeros[o * groups + g]);
    packCodes(column, zerosOf(g, matrix), zeroWords);
  }
  return { codes: words, zeros: zeroWords };
}
