/**
 * Above this relative error ‖W − Ŵ‖ ÷ ‖W‖ a ternary model is one that was not trained for it. Weights trained with the quantiser
 * come back almost exactly; of ordinary ones even the best three levels lose 0.4, while plain rounding that still leaves
 * a model of use stays under 0.25 (docs/tables/all-codecs.md: 3 bits in groups of 32 lose 0.22).
 */
export const NEEDS_TRAINING = { relativeL2: 0.25 };
