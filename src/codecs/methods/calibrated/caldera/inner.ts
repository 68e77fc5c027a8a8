import { float16Codec, uniformGridCodec } from '../../../kit/uniformGrid/erased';
import meta from './meta';

/** What stores Q, and the factors where they have fewer than 16 bits. */
export const uniformGrid = uniformGridCodec(meta);
/** What stores factors of 16 bits. */
export const float16 = float16Codec(meta);
