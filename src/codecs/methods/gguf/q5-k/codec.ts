import { defineCodec } from '../../../contract/defineCodec';
import { ggufBlocks } from '../../../kit/ggufBlocks/codec';
import meta from './meta';

export default defineCodec(meta, ggufBlocks('Q5_K'));
