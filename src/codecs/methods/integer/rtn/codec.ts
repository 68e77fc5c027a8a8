import { uniformGridCodec } from '../../../kit/uniformGrid/codec';
import meta from './meta';

export default uniformGridCodec(meta);
