import { defineMeta } from '../../../contract/meta';
import { ggufMeta } from '../../../kit/ggufBlocks/meta';

export default defineMeta({
  ...ggufMeta('Q4_K'),
  id: 'q4-k',
});
