import { defineMeta } from '../../../contract/meta';
import { LOOKUP_OPTIONS } from '../../../kit/lookupTable/layout';

export default defineMeta({
  id: 'fp4',
  label: 'FP4',
  family: 'non-uniform',
  source: 'Dettmers et al., bitsandbytes 4-bit float, https://arxiv.org/abs/2305.14314',
  notes:
    'A 4-bit float (sign, 2 exponent bits, 1 fraction bit) times the largest magnitude of each block, as in bitsandbytes. Blocks run over the flattened matrix; block maxima are float32, or 8-bit with double quantisation.',
  options: LOOKUP_OPTIONS,
  needs: {},
  stores: 'levels',
});
