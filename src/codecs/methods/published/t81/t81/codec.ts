import { rowCodec } from '../../../../kit/ternaryBlocks/codec';
import { T81 } from './format';
import meta from './meta';

export default rowCodec(meta, T81);
