import { rowCodec } from '../../../kit/ternaryBlocks/codec';
import { TQ2 } from './format';
import meta from './meta';

export default rowCodec(meta, TQ2);
