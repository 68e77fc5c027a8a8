import { type BitReader, type BitWriter, Damage } from './bitio';
import { eighthOctaves, halving, quarterPower } from './powers';
import { normalise } from './rans';

/**
 * Frequencies of a generalised normal density with a handful of parameters, which is what quantised weights look like:
 * weight of symbol s = mean over its cell of 2^−(|x − centre| ÷ scale)^β. Narrower or wider versions of one table, quarter
 * octaves of scale apart, code rows and columns of different size.
 */
export interface BellTable {
  kind: 'bell';
  first: number;
  last: number;
  /** In quarters of a symbol. */
  centre: number;
  /** log2 of the scale in eighths of an octave. */
  scale: number;
  /** β in quarters. */
  shape: number;
}

/** Places inside a cell at which the density is averaged; one is enough where it hardly changes within a cell. */
const INSIDE = [-7, -5, -3, -1, 1, 3, 5, 7].map((i) => i / 16);
const MIDDLE = [0];
/** Scale in eighths of an octave (8 symbols) from which on one is enough. */
const WIDE = 24;
/** A symbol of the range that the density all but excludes still gets the least frequency. */
const FLOOR = 2 ** -40;

const SHAPES = { low: 2, bits: 3 };
const SCALES = { low: -32, high: 95, bits: 7 };
/** Eighths of an octave of scale between two contexts. */
const CONTEXT_STEP = 2;

/** @param context quarters of an octave by which the scale is larger than the table's */
export function bellFrequencies(table: BellTable, context = 0): Uint16Array {
  const { first, last, shape } = table;
  const weights = new Float64Array(256);
  const eighths = table.scale + CONTEXT_STEP * context;
  const scale = eighthOctaves(eighths);
  const places = eighths < WIDE ? INSIDE : MIDDLE;
  for (let s = first; s <= last; s++) {
    const from = s - table.centre / 4;
    let sum = FLOOR;
    for (const inside of places) sum += halving(quarterPower(Math.abs(from + inside) / scale, shape));
    weights[s] = sum;
  }
  return normalise(weights);
}

/** @param bits width of a symbol */
export function writeBell(
  writer: BitWriter,
  { first, last, centre, scale, shape }: BellTable,
  bits: number,
): void {
  writer.write(first, bits);
  writer.write(last, bits);
  writer.write(centre, bits + 2);
  writer.write(scale - SCALES.low, SCALES.bits);
  writer.write(shape - SHAPES.low, SHAPES.bits);
}

/** @throws Damage for a table that cannot be */
export function readBell(reader: BitReader, bits: number): BellTable {
  const first = reader.read(bits);
  const last = reader.read(bits);
  if (last < first) throw new Damage('a frequency table is empty');
  const centre = reader.read(bits + 2);
  const scale = reader.read(SCALES.bits) + SCALES.low;
  return { kind: 'bell', first, last, centre, scale, shape: reader.read(SHAPES.bits) + SHAPES.low };
}

/** The best table near a first one, by coordinate descent. @param bitsOf bits of the message under a table */
export function fitBell(first: BellTable, bitsOf: (table: BellTable) => number): BellTable {
  let best = first;
  let least = bitsOf(best);
  for (let improved = true; improved;) {
    improved = false;
    for (const move of MOVES) {
      const next = moved(best, move);
      const bits = bitsOf(next);
      if (bits < least) [best, least, improved] = [next, bits, true];
    }
  }
  return best;
}

type Move = Partial<Record<'centre' | 'scale' | 'shape', number>>;
const MOVES: readonly Move[] = [
  ...[-8, 8, -1, 1].map((centre) => ({ centre })),
  ...[-4, 4, -1, 1].map((scale) => ({ scale })),
  { shape: -1 },
  { shape: 1 },
  { shape: -1, scale: -3 },
  { shape: 1, scale: 3 },
];

function moved(table: BellTable, { centre = 0, scale = 0, shape = 0 }: Move): BellTable {
  return clamped({
    ...table,
    centre: table.centre + centre,
    scale: table.scale + scale,
    shape: table.shape + shape,
  });
}

/** A bell with a histogram's range, mean and mean absolute deviation. */
export function bellOf(counts: ArrayLike<number>): BellTable {
  let [total, sum, first, last] = [0, 0, 255, 0];
  for (let s = 0; s < counts.length; s++) {
    if (!counts[s]) continue;
    [first, last] = [Math.min(first, s), Math.max(last, s)];
    total += counts[s];
    sum += s * counts[s];
  }
  let deviation = 0;
  for (let s = first; s <= last; s++) deviation += (counts[s] * Math.abs(s - sum / total)) / total;
  const centre = Math.round((4 * sum) / total);
  return clamped({
    kind: 'bell',
    first,
    last,
    centre,
    scale: Math.round(8 * Math.log2(deviation + 0.05)),
    shape: 6,
  });
}

function clamped(table: BellTable): BellTable {
  return {
    ...table,
    centre: clamp(table.centre, 0, 4 * table.last + 3),
    scale: clamp(table.scale, SCALES.low, SCALES.high),
    shape: clamp(table.shape, SHAPES.low, SHAPES.low + 2 ** SHAPES.bits - 1),
  };
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
