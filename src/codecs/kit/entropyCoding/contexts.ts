import { type BitReader, type BitWriter, CorruptData, unzigzag, zigzag } from './bitio';
import { type GaussianTable, gaussianFrequencies, fitGaussian } from './gaussianTable';
import type { Sequence } from './sequence';
import { codeLengths } from './cost';

/**
 * The classes of the rows and columns of a matrix, by which the entropy coder adapts to their different sizes. The sum of the classes of
 * a symbol's row and column is the logarithm of the scale of its Gaussian.
 */
export interface Contexts {
  rows: LineClasses;
  columns: LineClasses;
}

interface LineClasses {
  /** Quarters of an octave between two classes, 1 or 2, or 0 for a side without classes. */
  stride: number;
  classes: Int8Array;
}

/** The number of contexts 0 … 31, which stand for scales of −16 … 15 quarters of an octave. */
const CONTEXTS = 32;
const MIDDLE = CONTEXTS / 2;
const CLASSES = { low: -8, high: 7 };
const RICE = [0, 1, 2, 3];
/** Rounds of fitting rows, columns and the Gaussian alternately. */
const ROUNDS = 2;

/** Computes the context of the symbol in a row and a column. */
export function contextOf({ rows, columns }: Contexts, row: number, column: number): number {
  const sum = MIDDLE + rows.stride * rows.classes[row] + columns.stride * columns.classes[column];
  return Math.min(CONTEXTS - 1, Math.max(0, sum));
}

/** Computes the frequencies of all contexts. */
export function contextFrequencies(table: GaussianTable): Uint16Array[] {
  return Array.from({ length: CONTEXTS }, (_, context) => gaussianFrequencies(table, context - MIDDLE));
}

/** Writes the classes of both sides as Rice codes. */
export function writeContexts(writer: BitWriter, contexts: Contexts): void {
  for (const { stride, classes } of [contexts.rows, contexts.columns]) {
    writer.write(stride, 2);
    if (stride === 0) continue;
    const k = bestRice(classes);
    writer.write(k, 2);
    for (const each of classes) writer.rice(zigzag(each), k);
  }
}

/** Reads the classes of both sides. @throws CorruptData for a class out of range */
export function readContexts(reader: BitReader, rows: number, columns: number): Contexts {
  return { rows: readLine(reader, rows), columns: readLine(reader, columns) };
}

function readLine(reader: BitReader, count: number): LineClasses {
  const stride = reader.read(2);
  const classes = new Int8Array(count);
  if (stride === 0) return { stride, classes };
  const k = reader.read(2);
  for (let i = 0; i < count; i++) {
    const each = unzigzag(reader.rice(k));
    if (each < CLASSES.low || each > CLASSES.high)
      throw new CorruptData('a row or column class is out of range');
    classes[i] = each;
  }
  return { stride, classes };
}

const riceBits = (classes: Int8Array, k: number) =>
  classes.reduce((sum, each) => sum + (zigzag(each) >>> k) + 1 + k, 0);

function bestRice(classes: Int8Array): number {
  return RICE.reduce((best, k) => (riceBits(classes, k) < riceBits(classes, best) ? k : best));
}

/** A Gaussian with classes of rows and columns, and the bits of the sequence under them, classes included. */
export interface ContextFit {
  table: GaussianTable;
  contexts: Contexts;
  bits: number;
}

/**
 * Fits classes and Gaussian alternately, starting from a Gaussian for all symbols, and keeps classes only where they save more bits than
 * they take. It yields after each pass over the symbols.
 */
export function* fitContexts(sequence: Sequence, table: GaussianTable): Generator<void, ContextFit> {
  const none = (count: number): LineClasses => ({ stride: 0, classes: new Int8Array(count) });
  const contexts = { rows: none(sequence.rows), columns: none(sequence.perRow) };
  let fit = priced(sequence, table, contexts);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of ['columns', 'rows'] as const)
      for (const stride of [1, 2]) {
        const refined = { ...fit.contexts, [side]: refine(sequence, fit, side, stride) };
        yield;
        fit = cheaper(fit, priced(sequence, fit.table, refined));
        yield;
      }
    const counts = contextHistogram(sequence, fit.contexts);
    const refitted = fitGaussian(fit.table, (candidate) => payloadBits(counts, candidate));
    yield;
    fit = cheaper(fit, priced(sequence, refitted, fit.contexts));
  }
  return fit;
}

const cheaper = (a: ContextFit, b: ContextFit) => (b.bits < a.bits ? b : a);

function priced(sequence: Sequence, table: GaussianTable, contexts: Contexts): ContextFit {
  const lines = [contexts.rows, contexts.columns].filter(({ stride }) => stride > 0);
  const side = lines.reduce((sum, { classes }) => sum + 2 + riceBits(classes, bestRice(classes)), 4);
  return { table, contexts, bits: side + payloadBits(contextHistogram(sequence, contexts), table) };
}

/** Counts symbols by context, [contexts · 256]. */
function contextHistogram({ symbols, rows, perRow }: Sequence, contexts: Contexts): Uint32Array {
  const counts = new Uint32Array(CONTEXTS * 256);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < perRow; column++, i++)
      counts[256 * contextOf(contexts, row, column) + symbols[i]]++;
  return counts;
}

function payloadBits(counts: Uint32Array, table: GaussianTable): number {
  let bits = 0;
  for (let context = 0; context < CONTEXTS; context++) {
    const own = counts.subarray(256 * context, 256 * (context + 1));
    if (!own.some((count) => count > 0)) continue;
    const lengths = codeLengths(gaussianFrequencies(table, context - MIDDLE));
    for (let s = 0; s < 256; s++) if (own[s]) bits += own[s] * lengths[s];
  }
  return bits;
}

/** Chooses for each line of one side the class with the fewest bits, its own included, given the classes of the other side. */
function refine(
  sequence: Sequence,
  { table, contexts }: ContextFit,
  side: 'rows' | 'columns',
  stride: number,
): LineClasses {
  const lengths = contextFrequencies(table).map(codeLengths);
  const byRow = side === 'rows';
  const other = byRow ? contexts.columns : contexts.rows;
  const [lines, length] = byRow ? [sequence.rows, sequence.perRow] : [sequence.perRow, sequence.rows];
  const classes = new Int8Array(lines);
  const line = new LineHistogram();
  for (let index = 0; index < lines; index++) {
    line.clear();
    for (let i = 0; i < length; i++) {
      const at = byRow ? index * length + i : i * lines + index;
      line.add(other.stride * other.classes[i], sequence.symbols[at]);
    }
    classes[index] = bestClass(line, lengths, stride, index > 0 ? classes[index - 1] : 0);
  }
  return { stride, classes };
}

/** The symbols of one line, counted by the shift that the other side adds to their context. */
class LineHistogram {
  private readonly counts = new Uint32Array(CONTEXTS * 256);
  private used: number[] = [];

  /** @param shift −16 … 14 */
  add(shift: number, symbol: number): void {
    const cell = 256 * (shift + MIDDLE) + symbol;
    if (this.counts[cell]++ === 0) this.used.push(cell);
  }

  clear(): void {
    for (const cell of this.used) this.counts[cell] = 0;
    this.used = [];
  }

  /** Computes the bits of the line when its own class adds `shift`. */
  bits(lengths: readonly Float64Array[], shift: number): number {
    let bits = 0;
    for (const cell of this.used) {
      const context = Math.min(CONTEXTS - 1, Math.max(0, (cell >> 8) + shift));
      bits += this.counts[cell] * lengths[context][cell & 255];
    }
    return bits;
  }
}

/** Descends from a first class to the nearest minimum, which is the global one because bits are unimodal in the scale. */
function bestClass(
  line: LineHistogram,
  lengths: readonly Float64Array[],
  stride: number,
  first: number,
): number {
  const price = (each: number) =>
    each < CLASSES.low || each > CLASSES.high
      ? Infinity
      : zigzag(each) + 1 + line.bits(lengths, stride * each);
  let [best, minBits] = [first, price(first)];
  for (const step of [-1, 1])
    for (let bits = price(best + step); bits < minBits; bits = price(best + step)) {
      best += step;
      minBits = bits;
    }
  return best;
}
