import { LabError } from '../../../../base/errors';
import { bitstreamBytes } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import { groupColumns } from '../../../contract/options';
import { part, type PartsOf } from '../../../contract/parts';
import { PRESET_THRESHOLD } from '../../../kit/ternaryBlocks/options';
import type { TernaryRule } from '../../../kit/ternaryBlocks/scale';

/** The ways to pack codes. */
export type TernaryPacking = '2bit' | 'base3' | 'base3x20';

/** The number of trits per byte of base3: 3⁵ = 243 ≤ 2⁸. */
export const TRITS_PER_BYTE = 5;
/** The number of trits per word of both base-3 packings: 3²⁰ = 3,486,784,401 ≤ 2³². */
export const TRITS_PER_WORD = 20;
/** The number of codes per word of the 2-bit packing. */
export const CODES_PER_WORD = 16;

export interface TernaryOptions {
  rule: TernaryRule;
  /** Columns that share a scale, or `row`. */
  group: string;
  packing: TernaryPacking;
  threshold: number;
}

/** The sizes and options of one matrix. */
export interface TernaryLayout {
  rule: TernaryRule;
  /** The share of a group's largest |w| from which the gguf rules give ±1. */
  threshold: number;
  packing: TernaryPacking;
  /** Whether codes run over flattened W (base-3 packings) instead of row by row. */
  flat: boolean;
  rows: number;
  columns: number;
  groupSize: number;
  groupsPerRow: number;
  /** The number of words of one row in the 2-bit packing. */
  wordsPerRow: number;
  /** The number of 4-byte words of all codes. */
  words: number;
}

/** Makes the layout. @throws LabError bad-plan for a threshold with a rule that does not use one */
export function ternaryLayout(
  [rows, columns]: MatrixShape,
  { rule, group, packing, threshold }: TernaryOptions,
): TernaryLayout {
  checkThreshold(rule, threshold);
  const flat = packing !== '2bit';
  const groupSize = groupColumns(group, columns);
  const wordsPerRow = bitstreamBytes(columns, 2) / 4;
  return {
    rule,
    threshold,
    packing,
    flat,
    rows,
    columns,
    groupSize,
    groupsPerRow: Math.ceil(columns / groupSize),
    wordsPerRow,
    words: flat ? Math.ceil((rows * columns) / TRITS_PER_WORD) : rows * wordsPerRow,
  };
}

/** Refuses a threshold without effect, which would be a second spelling of the same codec. */
function checkThreshold(rule: TernaryRule, threshold: number): void {
  if (threshold === PRESET_THRESHOLD || rule.startsWith('gguf')) return;
  throw new LabError(
    'bad-plan',
    `ternary: rule=${rule} takes no threshold=${threshold}.`,
    'Leave the threshold out, or use rule=gguf or rule=gguf-ls.',
  );
}

/**
 * Describes the parts. `codes` U8 holds t = code + 1: with packing 2bit, each row as a little-endian stream of 2-bit t, padded to 4 bytes;
 * with base3, flattened W as bytes t₀ + 3·t₁ + 9·t₂ + 27·t₃ + 81·t₄, padded to 4 bytes at the end; with base3x20, flattened W as
 * little-endian words Σ 3ʲ·tⱼ of 20 weights. `scales` is F16 [out, groups per row].
 */
export function ternaryParts({ flat, words, rows, wordsPerRow, groupsPerRow }: TernaryLayout) {
  return {
    codes: part('codes', 'U8', flat ? [4 * words] : [rows, 4 * wordsPerRow]),
    scales: part('scales', 'F16', [rows, groupsPerRow]),
  };
}

export type TernaryParts = PartsOf<typeof ternaryParts>;

/** Finds the first flattened weight of a word of codes. */
export function firstWeight(layout: TernaryLayout, word: number): number {
  if (layout.flat) return Math.min(word * TRITS_PER_WORD, layout.rows * layout.columns);
  const row = Math.floor(word / layout.wordsPerRow);
  return row * layout.columns + (word % layout.wordsPerRow) * CODES_PER_WORD;
}

/** Finds the group of a flattened weight. */
export function groupOf(layout: TernaryLayout, weight: number): number {
  const { columns, groupsPerRow, groupSize } = layout;
  return Math.floor(weight / columns) * groupsPerRow + Math.floor((weight % columns) / groupSize);
}

/** Takes the weights of a group. */
export function groupValues(layout: TernaryLayout, values: Float32Array, group: number): Float32Array {
  const { columns, groupsPerRow, groupSize } = layout;
  const row = Math.floor(group / groupsPerRow);
  const column = (group % groupsPerRow) * groupSize;
  return values.subarray(row * columns + column, row * columns + Math.min(column + groupSize, columns));
}
