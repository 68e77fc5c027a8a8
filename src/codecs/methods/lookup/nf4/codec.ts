import { lookupCodec } from '../../../kit/lookupTable/codec';
import { NF4 } from '../../../kit/lookupTable/tables';
import meta from './meta';

export default lookupCodec(meta, NF4);
