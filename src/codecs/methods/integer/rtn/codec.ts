import { defineCodec } from '../../../contract/defineCodec';
import { uniformGrid } from '../../../kit/uniformGrid/codec';
import meta from './meta';

export default defineCodec(meta, uniformGrid);
