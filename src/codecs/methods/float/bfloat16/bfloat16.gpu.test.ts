import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';

describeCodec(codec, [{}]);
