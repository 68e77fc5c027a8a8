import { defineMeta } from '../../../contract/meta';
import { ggufMeta } from '../../../kit/ggufBlocks/meta';

export default defineMeta({
  ...ggufMeta('IQ4_XS'),
  id: 'iq4-xs',
});
