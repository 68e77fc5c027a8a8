import type { FigureTolerance } from './grid';

/**
 * Tolerance of the float model and of plain rounding on the source's own grid, which are deterministic. The sources ran
 * in float16, which may move a model damaged by 3 bits by more than a hundredth; the row then fails, and the table
 * shows by how much.
 */
export const EXACT: FigureTolerance = { perplexity: 0.01, share: 0 };

/**
 * Tolerance of plain rounding with float16 scales, this lab's default, which move stories15M by 0.2 %
 * (docs/methods/rtn-float32.md).
 */
export const FLOAT16_SCALES: FigureTolerance = { perplexity: 0, share: 0.01 };

/** Tolerance of HQQ: here each group ends its search on its own, in print all groups of a tensor do; scales are float16 here. */
export const REAL_ZERO: FigureTolerance = { perplexity: 0.1, share: 0.01 };

/**
 * Tolerance of GPTQ and AWQ with the sources' calibration: seeds alone move GPTQ with 4 bits by 0.3 (standard
 * deviation), with 3 bits by more.
 */
export const CALIBRATED: FigureTolerance = { perplexity: 1, share: 0 };
