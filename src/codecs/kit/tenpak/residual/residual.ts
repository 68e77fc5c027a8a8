import { readCode, writeCode } from '../../bits';
import type { PartLayout, Parts } from '../../../contract/parts';
import { halfBytes, halfValues, toHalf } from '../../halves';

/** Tenpak's group quantiser over flattened values (the last group may be shorter). */
export interface ResidualSettings {
  bits: 2 | 4;
  group: number;
  /** Faithful: refinements of the range, each widening it by half the extreme errors. */
  rounds: number;
  /**
   * Faithful: codes from the float32 range, stored halves cut. Otherwise the best of several shrunk ranges, in halves rounded
   * before codes are computed.
   */
  faithful: boolean;
}

/** Ranges the corrected form tries: (32 − k)/32 of the group's own, k = 0 … 15. */
export const CANDIDATES = 16;
const CANDIDATE_STEPS = 32;
/** A group whose values differ by no more has step 1. */
const FLAT = 1e-8;
const REFINEMENT = 0.5;

/** Codes of a part, step and offset per group. */
export interface Residual {
  codes: Uint8Array;
  scales: Uint8Array;
  offsets: Uint8Array;
}

/** `codes` U8 [⌈n·bits/8⌉], first code in the lowest bits; `scales`, `offsets` F16 [⌈n/group⌉]. */
export function residualParts(elements: number, { bits, group }: ResidualSettings): PartLayout[] {
  const groups = Math.ceil(elements / group);
  const bytes = Math.ceil((elements * bits) / 8);
  return [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [bytes], unpadded: true },
    { suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [groups] },
    { suffix: 'offsets', kind: 'scales', dtype: 'F16', shape: [groups] },
  ];
}

/** value ≈ code · step + offset */
export interface GroupRange {
  step: number;
  offset: number;
}

/** float32 at every step, as the source computes. */
const { fround } = Math;

function codeOf(value: number, { step, offset }: GroupRange, levels: number): number {
  if (step === 0) return 0;
  const scaled = fround(fround(value - offset) * fround(1 / step));
  return Math.max(0, Math.min(levels, Math.floor(fround(scaled + 0.5))));
}

function rangeOf(low: number, high: number, levels: number): GroupRange {
  const width = fround(high - low);
  return { step: width <= FLAT ? 1 : fround(width / levels), offset: low };
}

/** Min-max, refined: q from the range, then both ends move by half the extreme errors. */
export function refinedRange(values: Float32Array, levels: number, rounds: number): GroupRange {
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

/** The stored range with the least squared error, the widest on a tie. */
function searchedRange(values: Float32Array, levels: number): GroupRange {
  const low = values.reduce((a, b) => Math.min(a, b));
  const width = values.reduce((a, b) => Math.max(a, b)) - low;
  let best: GroupRange = { step: 0, offset: 0 };
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

export function encodeResidual(values: Float32Array, settings: ResidualSettings): Residual {
  const { bits, group, rounds, faithful } = settings;
  const levels = 2 ** bits - 1;
  const ranges: GroupRange[] = [];
  const codes = new Uint8Array(Math.ceil((values.length * bits) / 8));
  for (let first = 0; first < values.length; first += group) {
    const members = values.subarray(first, first + group);
    const range = faithful ? refinedRange(members, levels, rounds) : searchedRange(members, levels);
    ranges.push(range);
    members.forEach((w, i) => writeCode(codes, 0, first + i, bits, codeOf(w, range, levels)));
  }
  const rounding = faithful ? 'cut' : 'nearest';
  const steps = ranges.map(({ step }) => step);
  const offsets = ranges.map(({ offset }) => offset);
  return { codes, scales: halfBytes(steps, rounding), offsets: halfBytes(offsets, rounding) };
}

/** Values of `elements` codes, float32. */
export function decodeResidual(
  parts: Parts,
  elements: number,
  { bits, group }: Pick<ResidualSettings, 'bits' | 'group'>,
): Float32Array {
  const codes = parts.get('codes')!;
  const steps = halfValues(parts.get('scales')!);
  const offsets = halfValues(parts.get('offsets')!);
  return Float32Array.from({ length: elements }, (_, i) => {
    const g = Math.floor(i / group);
    return readCode(codes, 0, i, bits) * steps[g] + offsets[g];
  });
}

/** The residual's parts among all. */
export function residualOf(parts: Parts): Residual {
  return { codes: parts.get('codes')!, scales: parts.get('scales')!, offsets: parts.get('offsets')! };
}
