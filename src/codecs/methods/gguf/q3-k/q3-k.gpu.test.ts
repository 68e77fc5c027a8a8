import { describeGgufCodec } from '../../../kit/ggufBlocks/testing/describe';
import codec from './codec';

describeGgufCodec('Q3_K', codec);
