import type { SEARCHES } from './kernel';
import type { BlocksLayout } from './layout';

/** The weights of errors of the kernel ggufBlocks/search. */
const WEIGHTS = {
  magnitudeAndSpread: 0,
  magnitude: 1,
  square: 2,
  importanceAndSize: 3,
  importance: 4,
} as const;

/** Which scales an affine search tries: range ÷ (top + first + step · i) for i = 0 … steps. */
interface Tried {
  first: number;
  step: number;
  steps: number;
  absolute?: true;
}

/** How a scale is found. */
interface ScaleSearch {
  search: keyof typeof SEARCHES;
  /** By default irrelevant. */
  weights?: keyof typeof WEIGHTS;
  tried?: Tried;
}

/** How ggml finds the scales of a type, without and with an importance matrix. */
interface TypeSearches {
  plain: ScaleSearch;
  weighed: ScaleSearch;
  /** What the sum of squares is multiplied by to give the variance: that of a row by default, or of a block. */
  variance?: number;
}

const WEIGHED_AFFINE: ScaleSearch = {
  search: 'affine',
  weights: 'importanceAndSize',
  tried: { first: -0.9, step: 0.05, steps: 36 },
};
const WEIGHED_SYMMETRIC: ScaleSearch = { search: 'symmetric', weights: 'importanceAndSize' };
const affine = (weights: ScaleSearch['weights'], tried: Tried): ScaleSearch => ({
  search: 'affine',
  weights,
  tried,
});
const levels = (size: number): TypeSearches => ({
  plain: { search: 'levels', weights: 'square' },
  weighed: { search: 'levels', weights: 'importanceAndSize' },
  variance: 2 / size,
});

/** The searches of ggml-quants.c by type. src/formats/gguf is the reference, and the bytes of both are compared. */
const TYPE_SEARCHES: Readonly<Record<string, TypeSearches>> = {
  Q2_K: {
    plain: affine('magnitude', { first: -0.5, step: 0.1, steps: 15, absolute: true }),
    weighed: WEIGHED_AFFINE,
    variance: 1 / 256,
  },
  Q3_K: {
    plain: { search: 'refined', weights: 'square' },
    weighed: WEIGHED_SYMMETRIC,
    variance: 2 / 256,
  },
  Q4_K: {
    plain: affine('magnitudeAndSpread', { first: -1, step: 0.1, steps: 20 }),
    weighed: WEIGHED_AFFINE,
    variance: 2 / 256,
  },
  Q5_K: {
    plain: affine('magnitudeAndSpread', { first: -0.5, step: 0.1, steps: 15 }),
    weighed: WEIGHED_AFFINE,
    variance: 2 / 256,
  },
  Q6_K: {
    plain: { search: 'symmetric', weights: 'square' },
    weighed: { search: 'symmetric', weights: 'importance' },
  },
  Q4_0: { plain: { search: 'extreme' }, weighed: WEIGHED_SYMMETRIC },
  Q5_0: { plain: { search: 'extreme' }, weighed: WEIGHED_SYMMETRIC },
  Q4_1: { plain: { search: 'range' }, weighed: WEIGHED_AFFINE },
  Q5_1: { plain: { search: 'range' }, weighed: WEIGHED_AFFINE },
  Q8_0: { plain: { search: 'magnitude' }, weighed: { search: 'magnitude' } },
  IQ4_NL: levels(32),
  IQ4_XS: levels(256),
};

/** Operations of one candidate on one weight, as the command stream counts work. */
const COST_OF_CANDIDATE = 12;
/** Candidates of the searches that do not state them. */
const CANDIDATES = { affine: 0, symmetric: 19, refined: 6, levels: 16, extreme: 1, range: 1, magnitude: 1 };

/** A search as the kernels take it. */
export interface KernelSearch {
  search: keyof typeof SEARCHES;
  /** Constants of the kernels. */
  constants: Record<string, number>;
  /** The factor of a block's sum of squares that gives its variance; that of the row is taken if it is undefined. */
  variance?: number;
  /** Operations per weight. */
  cost: number;
}

/** Returns how the scales of a matrix are found. */
export function searchOf({ type }: BlocksLayout, weighed: boolean): KernelSearch {
  const searches = TYPE_SEARCHES[type];
  const { search, weights = 'square', tried } = weighed ? searches.weighed : searches.plain;
  const candidates = CANDIDATES[search] + (tried ? 2 * (tried.steps + 2) : 0);
  return {
    search,
    constants: {
      WEIGHTS: WEIGHTS[weights],
      FIRST: tried?.first ?? 0,
      STEP: tried?.step ?? 0,
      STEPS: tried?.steps ?? 0,
      ABSOLUTE: Number(tried?.absolute ?? false),
    },
    variance: searches.variance,
    cost: COST_OF_CANDIDATE * (candidates + 2),
  };
}
