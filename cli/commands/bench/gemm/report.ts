import { gemmTable, vectorLines, type GemmRow } from '../../../../src/bench/gemm';

export const SMALLER_SET =
  'This is a software adapter, whose large products take minutes: a smaller set is measured. ' +
  '--rows and --sizes choose others.\n\n';

/** The bandwidth of a copy, the bound of products that read more than they compute. @param gigabytes per second */
export function copyText(gigabytes: number): string {
  return `Copy on the device: ${gigabytes.toPrecision(3)} GB/s, read and written.\n\n`;
}

/** A Markdown table of all sides, and under it what it says about single rows. */
export function gemmText(rows: readonly GemmRow[]): string {
  return `${gemmTable(rows)}\n\n${vectorLines(rows).join('\n')}\n`;
}
