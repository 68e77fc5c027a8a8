import { type BitReader, type BitWriter, CorruptData, unzigzag, zigzag } from './bitio';
import { exp2Negative } from './powers';
import { FREQUENCY_BITS, FREQUENCY_TOTAL, normalise } from './rans';

/**
 * A frequency table stored as logarithms. Each symbol from the first to the last that occurs has a level: 0 if it does not occur, else
 * 1 + P·log2 f rounded, for P = 1, 2, 4 or 8 levels per octave. Levels are stored as Rice codes of their differences. A coarse table
 * costs little: a relative error e in a frequency costs e²/2 nats per occurrence.
 */
export interface ExplicitTable {
  kind: 'explicit';
  first: number;
  /** The logarithm log2 P of the levels per octave. */
  resolution: number;
  levels: readonly number[];
}

const RESOLUTIONS = [0, 1, 2, 3];
const RICE = [0, 1, 2, 3];

/** Makes an explicit table of each resolution for a histogram. */
export function explicitTables(counts: ArrayLike<number>): ExplicitTable[] {
  let first = 0;
  while (!counts[first]) first++;
  let last = counts.length - 1;
  while (!counts[last]) last--;
  const present = Array.from({ length: last - first + 1 }, (_, i) => counts[first + i]);
  const total = present.reduce((a, b) => a + b, 0);
  return RESOLUTIONS.map((resolution) => {
    const levels = present.map((count) => levelOf((count * FREQUENCY_TOTAL) / total, 2 ** resolution));
    return { kind: 'explicit', first, resolution, levels };
  });
}

function levelOf(frequency: number, perOctave: number): number {
  if (frequency === 0) return 0;
  return 1 + Math.max(0, Math.round(perOctave * Math.log2(frequency)));
}

/** Computes the frequencies of all symbols. */
export function explicitFrequencies({ first, resolution, levels }: ExplicitTable): Uint16Array {
  const weights = new Float64Array(256);
  levels.forEach((level, i) => {
    if (level > 0) weights[first + i] = exp2Negative(FREQUENCY_BITS - (level - 1) / 2 ** resolution);
  });
  return normalise(weights);
}

/** Writes a table. @param bits width of a symbol */
export function writeExplicit(
  writer: BitWriter,
  { first, resolution, levels }: ExplicitTable,
  bits: number,
): void {
  const differences = levels.map((level, i) => zigzag(level - (i ? levels[i - 1] : 1)));
  const riceBits = (k: number) => differences.reduce((sum, d) => sum + (d >>> k) + 1 + k, 0);
  const k = RICE.reduce((best, each) => (riceBits(each) < riceBits(best) ? each : best));
  writer.write(first, bits);
  writer.write(levels.length - 1, bits);
  writer.write(resolution, 2);
  writer.write(k, 2);
  for (const difference of differences) writer.rice(difference, k);
}

/** Reads a table. @param bits width of a symbol. @throws CorruptData for symbols or levels out of range */
export function readExplicit(reader: BitReader, bits: number): ExplicitTable {
  const first = reader.read(bits);
  const count = reader.read(bits) + 1;
  const resolution = reader.read(2);
  const k = reader.read(2);
  if (first + count > 2 ** bits) throw new CorruptData('a frequency table exceeds its alphabet');
  const maxLevel = 1 + FREQUENCY_BITS * 2 ** resolution;
  const levels: number[] = [];
  for (let i = 0, level = 1; i < count; i++) {
    level += unzigzag(reader.rice(k));
    if (level < 0 || level > maxLevel) throw new CorruptData('a frequency is out of range');
    levels.push(level);
  }
  if (levels.every((level) => level === 0)) throw new CorruptData('a frequency table is empty');
  return { kind: 'explicit', first, resolution, levels };
}
