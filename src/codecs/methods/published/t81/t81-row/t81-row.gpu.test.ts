import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

const groups = (_: unknown, [, columns]: readonly [number, number]) => ({ size: columns, flat: false });
describeCodec(codec, [{}, { threshold: 0.6 }], { groups });
