import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';
import { gridLayout } from './layout';

describeCodec(codec, [{}, { bits: 2, group: '16' }, { bits: 3, group: '128' }, { bits: 8, group: '32' }], {
  groups: (options, shape) => ({ size: gridLayout(shape, options).group, flat: false }),
});
