import { type BitReader, type BitWriter, Damage, unzigzag, zigzag } from './bitio';
import { halving } from './powers';
import { M, normalise, PRECISION } from './rans';

/**
 * A frequency table stored as logarithms: each symbol between the first and the last present one has a level, 0 when
 * absent, else 1 + P·log2 f rounded, for P = 1, 2, 4 or 8 levels per octave. Levels are Rice codes of the difference from
 * the level before. A coarse table costs the message little: an error of a share e in a frequency costs e²/2 nats of it.
 */
export interface ExplicitTable {
  kind: 'explicit';
  first: number;
  /** log2 P. */
  resolution: number;
  levels: readonly number[];
}

const RESOLUTIONS = [0, 1, 2, 3];
const RICE = [0, 1, 2, 3];

/** The explicit tables worth trying for a histogram: one for each resolution. */
export function explicitTables(counts: ArrayLike<number>): ExplicitTable[] {
  let first = 0;
  while (!counts[first]) first++;
  let last = counts.length - 1;
  while (!counts[last]) last--;
  const present = Array.from({ length: last - first + 1 }, (_, i) => counts[first + i]);
  const total = present.reduce((a, b) => a + b, 0);
  return RESOLUTIONS.map((resolution) => {
    const levels = present.map((count) => levelOf((count * M) / total, 2 ** resolution));
    return { kind: 'explicit', first, resolution, levels };
  });
}

function levelOf(frequency: number, perOctave: number): number {
  if (frequency === 0) return 0;
  return 1 + Math.max(0, Math.round(perOctave * Math.log2(frequency)));
}

export function explicitFrequencies({ first, resolution, levels }: ExplicitTable): Uint16Array {
  const weights = new Float64Array(256);
  levels.forEach((level, i) => {
    if (level > 0) weights[first + i] = halving(PRECISION - (level - 1) / 2 ** resolution);
  });
  return normalise(weights);
}

/** @param bits width of a symbol */
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

/** @throws Damage for a table that cannot be */
export function readExplicit(reader: BitReader, bits: number): ExplicitTable {
  const first = reader.read(bits);
  const count = reader.read(bits) + 1;
  const resolution = reader.read(2);
  const k = reader.read(2);
  if (first + count > 2 ** bits) throw new Damage('a frequency table leaves the alphabet');
  const most = 1 + PRECISION * 2 ** resolution;
  const levels: number[] = [];
  for (let i = 0, level = 1; i < count; i++) {
    level += unzigzag(reader.rice(k));
    if (level < 0 || level > most) throw new Damage('a frequency is out of range');
    levels.push(level);
  }
  if (levels.every((level) => level === 0)) throw new Damage('a frequency table is empty');
  return { kind: 'explicit', first, resolution, levels };
}
