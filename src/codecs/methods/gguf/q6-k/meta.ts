import { defineMeta } from '../../../contract/meta';
import { ggufMeta } from '../../../kit/ggufBlocks/meta';

export default defineMeta({
  ...ggufMeta('Q6_K'),
  id: 'q6-k',
});
