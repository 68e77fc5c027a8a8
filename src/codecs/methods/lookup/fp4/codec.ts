import { defineCodec } from '../../../contract/defineCodec';
import { lookupCodec } from '../../../kit/lookupTable/codec';
import { FP4 } from '../../../kit/lookupTable/tables';
import meta from './meta';

export default defineCodec(meta, lookupCodec(FP4));
