import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

/** Coefficients at the threshold are kept on one side and dropped on the other: errors of short chunks differ by their energy. */
const ERROR_BUDGET = 0.1;

describeCodec(codec, [{}, { percentile: 99 }, { percentile: 95, bits: 16 }], {
  search: { errorBudget: ERROR_BUDGET },
});
