import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [{}, { mode: 'corrected' }], {
  // Float32 sums find slightly other singular vectors, and 8-bit codes follow them.
  search: { errorBudget: 0.05 },
});
