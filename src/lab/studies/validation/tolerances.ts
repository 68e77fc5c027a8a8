import type { FigureTolerance } from './grid';

/**
 * Float and plain rounding by the very grid of the source: nothing is left to chance. The sources ran in float16, which a model that
 * 3 bits have damaged may feel in more than a hundredth: then the row fails, and the table shows by how much.
 */
export const EXACT: FigureTolerance = { perplexity: 0.01, share: 0 };

/** Plain rounding with float16 scales, as this lab stores them by default: stories15M moves by 0.2 % (docs/methods/rtn-float32.md). */
export const FLOAT16_SCALES: FigureTolerance = { perplexity: 0, share: 0.01 };

/** HQQ: here each group stops its search on its own, in print all groups of a tensor together; scales are float16 here. */
export const REAL_ZERO: FigureTolerance = { perplexity: 0.1, share: 0.01 };

/** GPTQ and AWQ with the sources' calibration: seeds alone move GPTQ with 4 bits by 0.3 (standard deviation), with 3 bits by more. */
export const CALIBRATED: FigureTolerance = { perplexity: 1, share: 0 };
