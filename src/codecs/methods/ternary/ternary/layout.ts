import { LabError } from '../../../../base/errors';
import { bitstreamBytes } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import { groupColumns } from '../../../contract/options';
import { part, type PartsOf } from '../../../contract/parts';
import { PRESET_THRESHOLD } from '../../../kit/ternaryBlocks/options';
import type { TernaryRule } from '../../../kit/ternaryBlocks/scale';

export type TernaryPacking = '2bit' | 'base3' | 'base3x20';

/** Trits per byte and per word of the base-3 packings (3⁵ = 243 ≤ 2⁸, 3²⁰ = 3,486,784,401 ≤ 2³²: 1.6 bits per weight). */
export const TRITS_PER_BYTE = 5;
export const TRITS_PER_WORD = 20;
/** Codes per word of the 2-bit packing. */
export const CODES_PER_WORD = 16;

export interface TernaryOptions {
  rule: TernaryRule;
  /** Columns that share a scale, or `row`. */
  group: string;
  packing: TernaryPacking;
  threshold: number;
}

/** Everything the packing and the kernels need to know of one matrix. */
export interface TernaryLayout {
  rule: TernaryRule;
  /** Share of a group's largest |w| from which the gguf rules keep a weight. */
  threshold: number;
  packing: TernaryPacking;
  /** Codes run over flattened W (base-3 packings) instead of row by row. */
  flat: boolean;
  rows: number;
  columns: number;
  groupSize: number;
  groupsPerRow: number;
  /** Words of one row in the 2-bit packing. */
  wordsPerRow: number;
  /** 4-byte words of all codes. */
  words: number;
}

/** @throws LabError bad-plan for a threshold beside a rule that has none */
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

/** A threshold that changes nothing would be a second spelling of the same file. */
function checkThreshold(rule: TernaryRule, threshold: number): void {
  if (threshold === PRESET_THRESHOLD || rule.startsWith('gguf')) return;
  throw new LabError(
    'bad-plan',
    `ternary: rule=${rule} takes no threshold=${threshold}.`,
    'Leave the threshold out, or use rule=gguf or rule=gguf-ls.',
  );
}

/**
 * `codes` U8: with t = code + 1, packing 2bit holds each row as a little-endian stream of 2-bit t padded to 4 bytes; base3
 * holds flattened W, byte k = t₀ + 3·t₁ + 9·t₂ + 27·t₃ + 81·t₄ of weights 5k … 5k + 4, the whole padded to 4 bytes; base3x20
 * too, little-endian word k = Σ 3ʲ·tⱼ of weights 20k … 20k + 19.
 * `scales` F16 [out, groups per row].
 */
export function ternaryParts({ flat, words, rows, wordsPerRow, groupsPerRow }: TernaryLayout) {
  return {
    codes: part('codes', 'U8', flat ? [4 * words] : [rows, 4 * wordsPerRow]),
    scales: part('scales', 'F16', [rows, groupsPerRow]),
  };
}

export type TernaryParts = PartsOf<typeof ternaryParts>;

/** First flattened weight of a word of codes. */
export function firstWeight(layout: TernaryLayout, word: number): number {
  if (layout.flat) return Math.min(word * TRITS_PER_WORD, layout.rows * layout.columns);
  const row = Math.floor(word / layout.wordsPerRow);
  return row * layout.columns + (word % layout.wordsPerRow) * CODES_PER_WORD;
}

/** Group of a flattened weight. */
export function groupOf(layout: TernaryLayout, weight: number): number {
  const { columns, groupsPerRow, groupSize } = layout;
  return Math.floor(weight / columns) * groupsPerRow + Math.floor((weight % columns) / groupSize);
}

/** The weights of a group. */
export function groupValues(layout: TernaryLayout, values: Float32Array, group: number): Float32Array {
  const { columns, groupsPerRow, groupSize } = layout;
  const row = Math.floor(group / groupsPerRow);
  const column = (group % groupsPerRow) * groupSize;
  return values.subarray(row * columns + column, row * columns + Math.min(column + groupSize, columns));
}
