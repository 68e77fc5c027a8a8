import { gemmTable, vectorLines, type GemmRow } from '../../../../src/bench/gemm';

export const REDUCED_SET_NOTE =
  'Large products take minutes on a software adapter, so a reduced set is measured. ' +
  '--rows and --sizes select others.\n\n';

/** Returns the line that states the bandwidth of a copy in GB/s, which bounds memory-bound products. */
export function copyText(gigabytesPerSecond: number): string {
  return `Copy on the device: ${gigabytesPerSecond.toPrecision(3)} GB/s, read and written.\n\n`;
}

/** Returns a Markdown table of all implementations, followed by the lines about single rows. */
export function gemmText(rows: readonly GemmRow[]): string {
  return `${gemmTable(rows)}\n\n${vectorLines(rows).join('\n')}\n`;
}
