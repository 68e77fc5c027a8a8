import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [
  {},
  { format: 'e5m2' },
  { scale: 'tensor' },
  { format: 'e5m2', scale: 'tensor' },
  { scale: 'block' },
  { format: 'e5m2', scale: 'block' },
]);
