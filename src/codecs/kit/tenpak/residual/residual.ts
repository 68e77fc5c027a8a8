import { part, type PartBytes } from '../../../contract/parts';
import { readCode, writeCode } from '../../bits';
import { halfBytes, halfValues, toHalf } from '../../halves';

/** Tenpak's group quantiser of residuals, over flattened values. The last group may be shorter. */
export interface ResidualSettings {
  bits: 2 | 4;
  group: number;
  /** Refinements of the range in the faithful form, each of which moves both ends by half the extreme errors. */
  rounds: number;
  /**
   * The faithful form takes codes from the float32 range and stores it truncated to float16. The corrected form takes the best of
   * several shrunk ranges, rounded to float16 before codes are computed.
   */
  faithful: boolean;
}

/** Ranges the corrected form tries: (32 − k)/32 of the group's own for k = 0 … 15. */
export const CANDIDATES = 16;
const CANDIDATE_STEPS = 32;
/** A group whose values differ by no more than this has step 1. */
const FLAT = 1e-8;
const REFINEMENT = 0.5;

/** Lists the parts: `codes` U8 [⌈n·bits/8⌉], first code in the lowest bits; `scales`, `offsets` F16 [⌈n/group⌉]. */
export function residualParts(elements: number, { bits, group }: Pick<ResidualSettings, 'bits' | 'group'>) {
  const groups = Math.ceil(elements / group);
  return {
    codes: part('codes', 'U8', [Math.ceil((elements * bits) / 8)], { unpadded: true }),
    scales: part('scales', 'F16', [groups]),
    offsets: part('scales', 'F16', [groups]),
  };
}

export type ResidualParts = PartBytes<ReturnType<typeof residualParts>>;

/** The range of a group: value ≈ code · step + offset. */
interface StepRange {
  step: number;
  offset: number;
}

/** The published code computes in float32 at every step. */
const { fround } = Math;

function codeOf(value: number, { step, offset }: StepRange, levels: number): number {
  if (step === 0) return 0;
  const scaled = fround(fround(value - offset) * fround(1 / step));
  return Math.max(0, Math.min(levels, Math.floor(fround(scaled + 0.5))));
}

function rangeOf(low: number, high: number, levels: number): StepRange {
  const width = fround(high - low);
  return { step: width <= FLAT ? 1 : fround(width / levels), offset: low };
}

/** Takes the range from minimum to maximum and moves both ends by half the extreme errors of its codes, `rounds` times. */
export function refinedRange(values: Float32Array, levels: number, rounds: number): StepRange {
  let low = values.reduce((a, b) => Math.min(a, b));
  let high = values.reduce((a, b) => Math.max(a, b));
  let range = rangeOf(low, high, levels);
  for (let round = 0; round < rounds; round++) {
    const { step, offset } = range;
    const errors = values.map((w) => w - fround(fround(codeOf(w, range, levels) * step) + offset));
    low = fround(low + REFINEMENT * errors.reduce((a, b) => Math.min(a, b)));
    high = fround(high + REFINEMENT * errors.reduce((a, b) => Math.max(a, b)));
    range = rangeOf(low, high, levels);
  }
  return range;
}

/** Finds the stored range with the least squared error, of equal ones the widest. */
function searchedRange(values: Float32Array, levels: number): StepRange {
  const low = values.reduce((a, b) => Math.min(a, b));
  const width = values.reduce((a, b) => Math.max(a, b)) - low;
  let best: StepRange = { step: 0, offset: 0 };
  let least = Infinity;
  for (let k = 0; k < CANDIDATES; k++) {
    const kept = 1 - k / CANDIDATE_STEPS;
    const range = {
      step: toHalf((width * kept) / levels, 'nearest'),
      offset: toHalf(low + (width * (1 - kept)) / 2, 'nearest'),
    };
    const error = values.reduce(
      (sum, w) => sum + (w - (codeOf(w, range, levels) * range.step + range.offset)) ** 2,
      0,
    );
    if (error < least) [least, best] = [error, range];
  }
  return best;
}

/** Quantises flattened values by plain loops. */
export function encodeResidual(values: Float32Array, settings: ResidualSettings): ResidualParts {
  const { bits, group, rounds, faithful } = settings;
  const levels = 2 ** bits - 1;
  const ranges: StepRange[] = [];
  const codes = new Uint8Array(Math.ceil((values.length * bits) / 8));
  for (let first = 0; first < values.length; first += group) {
    const members = values.subarray(first, first + group);
    const range = faithful ? refinedRange(members, levels, rounds) : searchedRange(members, levels);
    ranges.push(range);
    members.forEach((w, i) => writeCode(codes, 0, first + i, bits, codeOf(w, range, levels)));
  }
  const rounding = faithful ? 'truncate' : 'nearest';
  const steps = ranges.map(({ step }) => step);
  const offsets = ranges.map(({ offset }) => offset);
  return { codes, scales: halfBytes(steps, rounding), offsets: halfBytes(offsets, rounding) };
}

/** Restores `elements` flattened values. */
export function decodeResidual(
  { codes, scales, offsets: lows }: ResidualParts,
  elements: number,
  { bits, group }: Pick<ResidualSettings, 'bits' | 'group'>,
): Float32Array {
  const [steps, offsets] = [halfValues(scales), halfValues(lows)];
  return Float32Array.from({ length: elements }, (_, i) => {
    const g = Math.floor(i / group);
    return readCode(codes, 0, i, bits) * steps[g] + offsets[g];
  });
}
