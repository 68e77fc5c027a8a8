import { defineCodec } from '../../../../contract/defineCodec';
import { ternaryRows } from '../../../../kit/ternaryBlocks/codec';
import { T81_ROW } from './format';
import meta from './meta';

export default defineCodec(meta, ternaryRows(meta.label, T81_ROW));
