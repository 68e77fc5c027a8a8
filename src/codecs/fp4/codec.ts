import { lookupCodec } from '../lookup4/codec';
import { FP4 } from '../lookup4/tables';
import meta from './meta';

export default lookupCodec(meta, FP4);
