import { defineCodec } from '../../../contract/defineCodec';
import { float16 } from '../../../kit/float16';
import meta from './meta';

export default defineCodec(meta, float16);
