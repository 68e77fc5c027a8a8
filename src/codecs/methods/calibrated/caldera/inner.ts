import { float16Codec } from '../../../kit/float16';
import { uniformGridCodec } from '../../../kit/uniformGrid/codec';
import meta from './meta';

/** What stores Q, and the factors where they have fewer than 16 bits. */
export const uniformGrid = uniformGridCodec(meta);
/** What stores factors of 16 bits. */
export const float16 = float16Codec(meta);
