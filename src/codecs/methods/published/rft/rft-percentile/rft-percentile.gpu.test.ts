import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

/** Coefficients at the threshold may be kept on only one side, and errors of short chunks then differ by their energy. */
const ERROR_BUDGET = 0.1;

describeCodec(codec, [{}, { percentile: 99 }, { percentile: 95, bits: 16 }], {
  search: { errorBudget: ERROR_BUDGET },
});
