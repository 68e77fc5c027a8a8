import type { Tolerance } from './grid';

/**
 * Float and plain rounding: deterministic, so a hundredth. The sources ran in float16, which moved their own figures by up to
 * 0.05 % against float32, and files here hold scales as float16: a share of the figure comes on top.
 */
export const ROUNDING: Tolerance = { perplexity: 0.01, share: 0.0005 };

/** Plain rounding that damages the model: what moves figures of a sound model a little moves these more. */
export const ROUNDING_DAMAGED: Tolerance = { perplexity: 0.01, share: 0.005 };

/** Beyond the hundreds a perplexity says no more than that the model is gone: 5 % either way. */
export const EXPLODED: Tolerance = { perplexity: 0, share: 0.05 };

/** HQQ: here each group stops its search on its own, in print all groups of a tensor together. */
export const REAL_ZERO: Tolerance = { perplexity: 0.1, share: 0.01 };

/** GPTQ and AWQ with the sources' calibration: seeds alone move GPTQ with 4 bits by ±0.3 (standard deviation). */
export const CALIBRATED: Tolerance = { perplexity: 1, share: 0 };

/** The same where the model is damaged: 10 %, since the spread grows with the damage. */
export const CALIBRATED_DAMAGED: Tolerance = { perplexity: 0, share: 0.1 };
