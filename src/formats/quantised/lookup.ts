/** A matrix of 4-bit codes of 16 levels, whose flat blocks [out · in] share a largest magnitude: weight = level of the code · maximum. */
export interface BlockLookup extends LookupSizes {
  kind: 'lookup';
  /** Two codes a byte, the first in the high bits, ⌈out · in ÷ 2⌉ bytes. */
  codes: Uint8Array;
  levels: Float32Array;
  /** The largest magnitude of each block, or its code in a map. */
  maxima: Float32Array | NestedMaxima;
}

/** Number of block maxima that share a scale where they are quantised themselves. */
export const NESTED_BLOCK = 256;

/** Block maxima that are quantised themselves: maximum = map[code] · scale of its `NESTED_BLOCK` blocks + offset. */
interface NestedMaxima {
  codes: Uint8Array;
  map: Float32Array;
  scales: Float32Array;
  offset: number;
}

interface LookupSizes {
  outputs: number;
  inputs: number;
  type: 'nf4' | 'fp4';
  block: number;
}

/** What a packing of levels must know before it sees them. */
export interface LookupScheme extends LookupSizes {
  kind: 'lookup';
  /** Whether the block maxima are quantised. */
  nested: boolean;
}
