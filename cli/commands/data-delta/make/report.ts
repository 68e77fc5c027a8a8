import { bytes, fixed, grouped } from '../../../../src/base/format';
import type { MadeDelta } from '../../../../src/data/delta/make';
import type { StoredSize } from '../../../../src/platform/node/dataFiles';

/** Sizes of the derived data set and of its delta. */
export interface DeltaSizes {
  derived: StoredSize;
  delta: StoredSize;
}

/** Returns the share saved by storing `delta` bytes instead of `whole`, in per cent; negative if the delta is larger. */
export function savedPercent(whole: number, delta: number): number {
  return whole === 0 ? 0 : 100 * (1 - delta / whole);
}

/** Returns the report of a delta: its rows, sizes and rate, and what the published method would have done. */
export function madeText(
  path: string,
  { header: { key, derived, counts }, sparse }: MadeDelta,
  sizes: DeltaSizes,
  bytesPerSecond: number,
): string {
  const { same, respelled, modified, deleted } = counts;
  const spelled = respelled > 0 ? ` (${grouped(respelled)} of them spelled differently)` : '';
  return [
    path,
    `${grouped(derived.rows)} rows by ${key === null ? 'content' : `"${key}"`}: ${grouped(same)} same${spelled}, ${grouped(modified)} modified, ${grouped(counts.new)} new, ${grouped(deleted)} deleted`,
    sizeLine('stored', sizes.derived.bytes, sizes.delta.bytes),
    sizeLine('zipped', sizes.derived.gzip, sizes.delta.gzip),
    `The reconstruction has the same SHA-256: ${derived.sha256}`,
    `Sparse as published would store ${grouped(sparse.bytes)} bytes (${grouped(sparse.shared)} references, ${grouped(sparse.new)} new rows) and restore ${grouped(sparse.lost)} rows wrongly.`,
    `It would predict ${fixed(sparse.estimateMb, 3)} MB, and report savings of ${fixed(sparse.reportedSavings, 1)} %, since it measures the data set by the length of its printed description.`,
    `${bytes(bytesPerSecond)} per second of both files together, with the check`,
    '',
  ].join('\n');
}

function sizeLine(how: string, whole: number, delta: number): string {
  const saved = savedPercent(whole, delta);
  const verdict =
    saved > 0 ? `${fixed(saved, 1)} % saved` : `no gain (${fixed(-saved, 1)} % larger): keep the whole file`;
  return `${how}: ${grouped(delta)} bytes instead of ${grouped(whole)}, ${verdict}`;
}
