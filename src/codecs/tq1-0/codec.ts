import { rowCodec } from '../ternaryRows/codec';
import { TQ1 } from './format';
import meta from './meta';

export default rowCodec(meta, TQ1);
