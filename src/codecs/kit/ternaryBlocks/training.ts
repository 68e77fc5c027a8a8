/**
 * The relative error ‖W − Ŵ‖ ÷ ‖W‖ above which a model was not trained for its ternary codec. Weights trained with the quantiser are
 * restored almost exactly. Ordinary weights lose 0.4 even with the best three levels, while plain rounding that leaves a usable model is
 * under 0.25 (docs/tables/all-codecs.md: 3 bits in groups of 32 lose 0.22).
 */
export const NEEDS_TRAINING = { relativeL2: 0.25 };
