/** Rows of codes that are unpacked at a time, so that both orientations write whole cache lines. */
const TILE = 16;

/** A matrix [in, out] whose inputs share scales and zero points in groups: weight = scale · (code − zero). */
interface GroupedMatrix {
  inputs: number;
  outputs: number;
  /** Unpacks the codes of all outputs of one input into `into` from `at`. */
  unpackInput(input: number, into: Uint8Array, at: number): void;
  /** The group of every input. */
  groups: Uint32Array;
  /** [groups, out] */
  zeros: Int16Array;
  /** [groups, out] */
  scales: Float32Array;
}

/**
 * Restores a matrix of groups to float32; the product is rounded once.
 * @param conv1d whether the result is [in, out] row-major; otherwise it is [out, in]
 */
export function restoreGrouped(matrix: GroupedMatrix, conv1d: boolean): Float32Array {
  const { inputs, outputs, groups, zeros, scales } = matrix;
  const values = new Float32Array(inputs * outputs);
  const codes = new Uint8Array(TILE * outputs);
  const [inputStep, outputStep] = conv1d ? [outputs, 1] : [1, inputs];
  for (let first = 0; first < inputs; first += TILE) {
    const rows = Math.min(TILE, inputs - first);
    for (let r = 0; r < rows; r++) matrix.unpackInput(first + r, codes, r * outputs);
    for (let o = 0; o < outputs; o++)
      for (let r = 0; r < rows; r++) {
        const at = groups[first + r] * outputs + o;
        values[(first + r) * inputStep + o * outputStep] = scales[at] * (codes[r * outputs + o] - zeros[at]);
      }
  }
  return values;
}

/** Returns the group of every input where groups are consecutive inputs. */
export function consecutiveGroups(inputs: number, size: number): Uint32Array {
  return Uint32Array.from({ length: inputs }, (_, i) => Math.floor(i / size));
}
