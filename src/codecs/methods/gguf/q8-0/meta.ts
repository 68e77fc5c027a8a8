import { defineMeta } from '../../../contract/meta';
import { ggufMeta } from '../../../kit/ggufBlocks/meta';

export default defineMeta({
  ...ggufMeta('Q8_0'),
  id: 'q8-0',
});
