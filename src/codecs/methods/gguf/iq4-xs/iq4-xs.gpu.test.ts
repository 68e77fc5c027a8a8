import { describeGgufCodec } from '../../../kit/ggufBlocks/testing/describe';
import codec from './codec';

describeGgufCodec('IQ4_XS', codec);
