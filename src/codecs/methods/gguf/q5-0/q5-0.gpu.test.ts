import { describeGgufCodec } from '../../../kit/ggufBlocks/testing/describe';
import codec from './codec';

describeGgufCodec('Q5_0', codec);
