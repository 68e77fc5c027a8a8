import { describeGgufCodec } from '../../../kit/ggufBlocks/testing/describe';
import codec from './codec';

describeGgufCodec('Q8_0', codec);
