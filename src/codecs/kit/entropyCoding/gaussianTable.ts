import { type BitReader, type BitWriter, CorruptData } from './bitio';
import { exp2Eighths, exp2Negative, quarterPower } from './powers';
import { normalise } from './rans';

/**
 * A frequency table with the shape of a generalised Gaussian density, which fits quantised weights. The weight of symbol s is the mean
 * of 2^−(|x − centre| ÷ scale)^β over its cell. Rows and columns of different size use the same table at other scales, quarter octaves
 * apart.
 */
export interface GaussianTable {
  kind: 'gaussian';
  first: number;
  last: number;
  /** The centre, in quarters of a symbol. */
  centre: number;
  /** The scale as a logarithm, in eighths of an octave. */
  scale: number;
  /** The exponent β, in quarters. */
  shape: number;
}

/** The offsets from the centre of a cell at which the density is averaged. One suffices where it hardly changes within a cell. */
const CELL_OFFSETS = [-7, -5, -3, -1, 1, 3, 5, 7].map((i) => i / 16);
const CELL_CENTRE = [0];
/** The scale, in eighths of an octave, from which one offset suffices: 8 symbols. */
const WIDE = 24;
/** The smallest weight, which gives every symbol of the range a frequency above zero. */
const FLOOR = 2 ** -40;

const SHAPES = { low: 2, bits: 3 };
const SCALES = { low: -32, high: 95, bits: 7 };
/** Eighths of an octave of scale between two contexts. */
const CONTEXT_STEP = 2;

/**
 * Computes the frequencies of all symbols.
 * @param context quarters of an octave by which the scale exceeds the table's
 */
export function gaussianFrequencies(table: GaussianTable, context = 0): Uint16Array {
  const { first, last, shape } = table;
  const weights = new Float64Array(256);
  const eighths = table.scale + CONTEXT_STEP * context;
  const scale = exp2Eighths(eighths);
  const offsets = eighths < WIDE ? CELL_OFFSETS : CELL_CENTRE;
  for (let s = first; s <= last; s++) {
    const from = s - table.centre / 4;
    let sum = FLOOR;
    for (const offset of offsets) sum += exp2Negative(quarterPower(Math.abs(from + offset) / scale, shape));
    weights[s] = sum;
  }
  return normalise(weights);
}

/** Writes a table. @param bits width of a symbol */
export function writeGaussian(
  writer: BitWriter,
  { first, last, centre, scale, shape }: GaussianTable,
  bits: number,
): void {
  writer.write(first, bits);
  writer.write(last, bits);
  writer.write(centre, bits + 2);
  writer.write(scale - SCALES.low, SCALES.bits);
  writer.write(shape - SHAPES.low, SHAPES.bits);
}

/** Reads a table. @param bits width of a symbol. @throws CorruptData for an empty range of symbols */
export function readGaussian(reader: BitReader, bits: number): GaussianTable {
  const first = reader.read(bits);
  const last = reader.read(bits);
  if (last < first) throw new CorruptData('a frequency table is empty');
  const centre = reader.read(bits + 2);
  const scale = reader.read(SCALES.bits) + SCALES.low;
  return { kind: 'gaussian', first, last, centre, scale, shape: reader.read(SHAPES.bits) + SHAPES.low };
}

/** Improves a table by coordinate descent. @param bitsOf computes the bits of the message under a table */
export function fitGaussian(first: GaussianTable, bitsOf: (table: GaussianTable) => number): GaussianTable {
  let best = first;
  let minBits = bitsOf(best);
  for (let improved = true; improved;) {
    improved = false;
    for (const move of MOVES) {
      const next = moved(best, move);
      const bits = bitsOf(next);
      if (bits < minBits) [best, minBits, improved] = [next, bits, true];
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

function moved(table: GaussianTable, { centre = 0, scale = 0, shape = 0 }: Move): GaussianTable {
  return clamped({
    ...table,
    centre: table.centre + centre,
    scale: table.scale + scale,
    shape: table.shape + shape,
  });
}

/** Makes a table with the range, mean and mean absolute deviation of a histogram. */
export function gaussianOf(counts: ArrayLike<number>): GaussianTable {
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
    kind: 'gaussian',
    first,
    last,
    centre,
    scale: Math.round(8 * Math.log2(deviation + 0.05)),
    shape: 6,
  });
}

function clamped(table: GaussianTable): GaussianTable {
  return {
    ...table,
    centre: clamp(table.centre, 0, 4 * table.last + 3),
    scale: clamp(table.scale, SCALES.low, SCALES.high),
    shape: clamp(table.shape, SHAPES.low, SHAPES.low + 2 ** SHAPES.bits - 1),
  };
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
