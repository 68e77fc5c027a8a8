import { describeCodec } from '../testing/conformance';
import codec from './codec';

describeCodec(codec, [{}]);
