import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [{}, { version: 'v2' }, { mode: 'corrected', seed: 7 }], {
  // Nearly equal distances may be told apart in float64 alone, and every later round follows from that.
  search: { applies: () => true, errorBudget: 0.05 },
});
