import { rowCodec } from '../../../kit/ternaryBlocks/codec';
import { TQ1 } from './format';
import meta from './meta';

export default rowCodec(meta, TQ1);
