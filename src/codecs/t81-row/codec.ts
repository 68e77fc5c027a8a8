import { rowCodec } from '../ternaryRows/codec';
import { T81_ROW } from './format';
import meta from './meta';

export default rowCodec(meta, T81_ROW);
