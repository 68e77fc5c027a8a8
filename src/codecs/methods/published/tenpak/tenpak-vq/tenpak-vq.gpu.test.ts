import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [{}, { version: 'v2' }, { mode: 'corrected', seed: 7 }], {
  // Float64 alone may tell nearly equal distances apart, and every later round follows from that.
  search: { errorBudget: 0.05 },
});
