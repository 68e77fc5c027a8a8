import { defineCodec } from '../../../contract/defineCodec';
import { ternaryRows } from '../../../kit/ternaryBlocks/codec';
import { TQ1 } from './format';
import meta from './meta';

export default defineCodec(meta, ternaryRows(meta.label, TQ1));
