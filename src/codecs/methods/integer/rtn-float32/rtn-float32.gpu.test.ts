import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';
import { groupColumns } from '../../../contract/options';

describeCodec(codec, [{}, { bits: 2, group: '16' }, { bits: 3, group: '128' }, { bits: 8, group: '32' }], {
  groups: (options, shape) => ({ size: groupColumns(String(options.group), shape[1]), flat: false }),
});
