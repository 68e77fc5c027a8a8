import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [{}, { mode: 'corrected' }], {
  groups: () => ({ size: 128, flat: true }),
});
