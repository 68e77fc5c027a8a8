/** Codecs a search goes through: a target of bits per weight of the whole file to a codec. */
export const GRID = (damping: number) => (bits: number) =>
  `allocate(bits=${bits},family=grid,damping=${damping})`;

/**
 * Where the search begins, and the dampings it compares once a target passes: each rounds some weights the other way, which
 * alone moves the loss of a small model by tenths of a per cent.
 */
export const START_BITS = 5;
export const DAMPINGS: readonly [number, ...number[]] = [0.1, 0.03, 0.3, 0.06, 0.2];

const BITS = [3, 4, 5, 6, 7, 8];
const GROUPS = [16, 32, 64, 128, 256];
/** A scale and a zero point for each group. */
const BITS_PER_GROUP = 24;

/** Plain rounding with clip search, asymmetric, by rising size. */
export const PLAIN: readonly string[] = BITS.flatMap((bits) =>
  GROUPS.map((group) => ({ bits, group, size: bits + BITS_PER_GROUP / group })),
)
  .sort((a, b) => a.size - b.size)
  .map(({ bits, group }) => `rtn(bits=${bits},group=${group},scheme=asymmetric,clip=true)`);
