import { float16Codec } from '../../../kit/float16';
import meta from './meta';

export default float16Codec(meta);
