import type { ReferenceDefinition } from '../../contract/defineCodec';
import { nestAbsmax, unnestAbsmax } from './absmax';
import { nibbleBytes, readAbsmax, storeLookup, type LookupLayout, type LookupParts } from './layout';
import type { LookupTable } from './tables';

/**
 * The block maximum below which a block is stored as zero. From here on every product of the format, double quantisation included, is a
 * normal float32, so that adapters that flush subnormal numbers give the same bytes.
 */
export const MIN_ABSMAX = 2 ** -60;

/** Computes the largest |w| of each block of flattened W. */
function blockAbsmax(values: Float32Array, block: number): Float32Array {
  const absmax = new Float32Array(Math.ceil(values.length / block));
  values.forEach((w, i) => {
    const b = Math.floor(i / block);
    absmax[b] = Math.max(absmax[b], Math.abs(w));
  });
  return absmax.map((a) => (a < MIN_ABSMAX ? 0 : a));
}

/**
 * Finds the code of the level nearest to w. Boundaries are scaled by absmax and rounded to float32 once, because the rounding of a
 * quotient is not defined on GPUs. A zero block takes the code of the level 0, so that it stays zero when double quantisation changes its
 * absmax.
 */
function lookupCode(w: number, absmax: number, table: LookupTable): number {
  if (absmax === 0) return rankCode(0, 1, table);
  if (!table.signMagnitude) return rankCode(w, absmax, table);
  return rankCode(Math.abs(w), absmax, table) + (w < 0 ? 8 : 0);
}

function rankCode(x: number, absmax: number, table: LookupTable): number {
  let rank = 0;
  for (const boundary of table.boundaries) if (x > Math.fround(boundary * absmax)) rank++;
  return table.codes[rank];
}

/** Computes the shift of element i's nibble within its byte. */
const nibble = (i: number) => (i % 2 === 0 ? 4 : 0);

/** Makes the reference of a lookup table. */
export function lookupReference(table: LookupTable): ReferenceDefinition<LookupLayout, LookupParts> {
  return {
    encode(values, { block, double }) {
      const absmax = blockAbsmax(values, block);
      const codes = new Uint8Array(nibbleBytes(values.length));
      values.forEach((w, i) => {
        codes[i >> 1] |= lookupCode(w, absmax[Math.floor(i / block)], table) << nibble(i);
      });
      return storeLookup(codes, double ? nestAbsmax(absmax) : absmax);
    },
    decode(parts, layout) {
      const { elements, block } = layout;
      const stored = readAbsmax(layout, parts);
      const absmax = stored instanceof Float32Array ? stored : unnestAbsmax(stored);
      return Float32Array.from(
        { length: elements },
        (_, i) => table.levels[(parts.codes[i >> 1] >> nibble(i)) & 15] * absmax[Math.floor(i / block)],
      );
    },
  };
}
