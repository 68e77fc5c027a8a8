import type { MatrixCodes } from '../../artefact/matrixCodes';

/** The way of one weight from the checkpoint through the file and back. */
export interface WeightJourney {
  row: number;
  column: number;
  /** The weight of the checkpoint. */
  value: number;
  /** Its 32 bits, sign first. */
  floatBits: string;
  /** Its code; absent where the codec has no single code for a weight. */
  code?: WeightCode;
  /** The factor that the codec multiplied its column by before it rounded, which the layer before divides by; absent if none. */
  columnScale?: number;
  /** The weight that the file restores. */
  restored: number;
}

/** The code of one weight: it is restored as scale · level. */
export interface WeightCode {
  /** The code as its bits, such as "1011". */
  bits: string;
  scale: number;
  level: number;
  /** Share of the matrix's weights that have this code. */
  share: number;
  /** −log₂ of the share: bits that an entropy coder with these frequencies spends on this code. */
  codedBits: number;
  /** Entropy of the matrix's codes in bits: what it spends on a weight on average. */
  entropyBits: number;
}

/** Returns the 32 bits of a float32, sign first. */
export function float32Bits(value: number): string {
  return new Uint32Array(Float32Array.of(value).buffer)[0].toString(2).padStart(32, '0');
}

/** Describes the code of one weight among those of its matrix. */
export function weightCode(
  { columns, bits, codes, scaleOf, levelOf }: MatrixCodes,
  row: number,
  column: number,
): WeightCode {
  const code = codes[row * columns + column];
  const counts = new Array<number>(2 ** bits).fill(0);
  for (const each of codes) counts[each]++;
  const informationOf = (count: number) => Math.log2(codes.length / count);
  const used = counts.filter((count) => count > 0);
  return {
    bits: code.toString(2).padStart(bits, '0'),
    scale: scaleOf(row, column),
    level: levelOf(code, row, column),
    share: counts[code] / codes.length,
    codedBits: informationOf(counts[code]),
    entropyBits: used.reduce((sum, count) => sum + count * informationOf(count), 0) / codes.length,
  };
}

/** Returns the values that a weight at this place can be restored to, in ascending order. */
export function restorableValues(
  { bits, firstCode, scaleOf, levelOf }: MatrixCodes,
  row: number,
  column: number,
): number[] {
  const scale = scaleOf(row, column);
  const values = Array.from({ length: 2 ** bits - firstCode }, (_, i) =>
    Math.fround(scale * levelOf(firstCode + i, row, column)),
  );
  return [...new Set(values.filter(Number.isFinite))].sort((a, b) => a - b);
}
