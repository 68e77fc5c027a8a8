import { defineMeta } from '../../../contract/meta';
import { ggufMeta } from '../../../kit/ggufBlocks/meta';

export default defineMeta({
  ...ggufMeta('Q3_K'),
  id: 'q3-k',
});
