import { describeGgufCodec } from '../../../kit/ggufBlocks/testing/describe';
import codec from './codec';

describeGgufCodec('Q4_1', codec);
