import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [{}, { block: 16 }, { block: 1024 }, { double: true }, { block: 16, double: true }], {
  // Double quantisation moves a block's absmax by a share of the whole tensor's largest.
  groups: ({ block, double }, [rows, columns]) => ({
    size: double ? rows * columns : Number(block),
    flat: true,
  }),
});
