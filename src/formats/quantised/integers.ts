/**
 * A matrix of integers whose inputs share scales and zero points in groups: weight[o][i] = scale[o][g] · (code[o][i] − zero[o][g]), where
 * g is the group of input i. All formats of grouped integers are packings of it.
 */
export interface GroupedIntegers {
  kind: 'integers';
  outputs: number;
  inputs: number;
  /** Bits of a code, 1 to 8. */
  bits: number;
  /** Inputs of a group; the last group may be shorter. */
  group: number;
  /** [out, in], each 0 … 2^bits − 1. */
  codes: Uint8Array;
  /** [out, groups] */
  scales: Float32Array;
  /** [out, groups]; absent if all are 2^(bits−1), as in symmetric schemes. */
  zeros?: Int16Array;
  /** The group of each input; absent if groups are consecutive inputs. */
  order?: Uint32Array;
  /** [out], the largest magnitudes of rows whose scales are 1/127 of them; absent if the codec stores the scales. */
  maxima?: Float32Array;
}

/** What a packing of integers must know before it sees them. */
export interface IntegerScheme extends IntegerSizes {
  kind: 'integers';
  symmetric: boolean;
  /** Whether the inputs of the layer are rounded to 8 bits as well, with a scale for each token. */
  roundsInputs?: boolean;
}

/** The sizes of a matrix of integers. */
export type IntegerSizes = Pick<GroupedIntegers, 'outputs' | 'inputs' | 'bits' | 'group'>;

/** Returns the number of groups of an output. */
export function groupsOf({ inputs, group }: Pick<GroupedIntegers, 'inputs' | 'group'>): number {
  return Math.ceil(inputs / group);
}

/** Returns the zero points [out, groups], those of symmetric schemes as well. */
export function zeroPoints({ zeros, scales, bits }: GroupedIntegers): Int16Array {
  return zeros ?? new Int16Array(scales.length).fill(2 ** (bits - 1));
}

/** Side of the square tiles in which a matrix is written transposed, so that both orientations write whole cache lines. */
const TILE = 16;

/**
 * Restores a matrix of integers to float32; the product is rounded once.
 * @param conv1d whether the result is [in, out] row-major; otherwise it is [out, in]
 */
export function restoreIntegers(matrix: GroupedIntegers, conv1d = false): Float32Array {
  const { outputs, inputs, scales, codes } = matrix;
  const groups = groupsOf(matrix);
  const zeros = zeroPoints(matrix);
  const groupOf = matrix.order ?? consecutiveGroups(inputs, matrix.group);
  const values = new Float32Array(outputs * inputs);
  const [outputStep, inputStep] = conv1d ? [1, outputs] : [inputs, 1];
  for (let first = 0; first < inputs; first += TILE) {
    const end = Math.min(first + TILE, inputs);
    for (let o = 0; o < outputs; o++)
      for (let i = first; i < end; i++) {
        const at = o * groups + groupOf[i];
        values[o * outputStep + i * inputStep] = scales[at] * (codes[o * inputs + i] - zeros[at]);
      }
  }
  return values;
}

/** Returns the group of every input where groups are consecutive inputs. */
export function consecutiveGroups(inputs: number, size: number): Uint32Array {
  return Uint32Array.from({ length: inputs }, (_, i) => Math.floor(i / size));
}

/** Returns the transpose of a row-major matrix [rows, columns], as [columns, rows]. */
export function swappedAxes<Values extends Float32Array | Int16Array>(
  values: Values,
  rows: number,
  columns: number,
): Values {
  const out = values.slice() as Values;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  return out;
}
