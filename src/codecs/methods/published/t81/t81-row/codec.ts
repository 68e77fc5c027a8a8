import { rowCodec } from '../../../../kit/ternaryBlocks/codec';
import { T81_ROW } from './format';
import meta from './meta';

export default rowCodec(meta, T81_ROW);
