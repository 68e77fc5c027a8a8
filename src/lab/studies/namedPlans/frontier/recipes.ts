import type { BitsRecipe } from './search';

/** Makes codecs that allocate bits, from a target of bits per weight of the whole file. */
export const allocatedGrid = (damping: number) => (bits: number) =>
  `allocate(bits=${bits},family=grid,damping=${damping})`;

/**
 * Makes codecs with one step for all matrices, given as halvings of their root mean square. Nothing is tried on single
 * tensors.
 */
const uniformStep = (damping: number) => (halvings: number) =>
  `rans(grid(step=${Number((2 ** -halvings).toPrecision(3))},rounding=waterfilled,trellis=true,damping=${damping},rows=counts))`;

/** A family of codecs to search in. */
export interface Family {
  recipe: (damping: number) => BitsRecipe;
  /** The first target of the search. */
  start: number;
  /**
   * The search's damping, and others it compares once a target passes: each rounds some weights the other way, which alone
   * moves the loss of a small model by tenths of a per cent.
   */
  dampings: readonly [number, ...number[]];
}

const ALLOCATED: Family = { recipe: allocatedGrid, start: 5, dampings: [0.1, 0.03, 0.3, 0.06, 0.2] };
const ONE_STEP: Family = { recipe: uniformStep, start: 3.2, dampings: [0.1, 0.3] };

/** Parameters above which trying each tensor takes hours on a software adapter, while single roundings matter little. */
const LARGE = 8e6;

export function familyFor(parameters: number): Family {
  return parameters > LARGE ? ONE_STEP : ALLOCATED;
}

const BITS = [3, 4, 5, 6, 7, 8];
const GROUPS = [16, 32, 64, 128, 256];
/** Bits of a scale and a zero point for each group. */
const BITS_PER_GROUP = 24;

/** Plain rounding with clip search, asymmetric, by rising size. */
export const PLAIN: readonly string[] = BITS.flatMap((bits) =>
  GROUPS.map((group) => ({ bits, group, size: bits + BITS_PER_GROUP / group })),
)
  .sort((a, b) => a.size - b.size)
  .map(({ bits, group }) => `rtn(bits=${bits},group=${group},scheme=asymmetric,clip=true)`);
