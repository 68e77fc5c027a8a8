import { defineMeta } from '../../../contract/meta';
import { LOOKUP_OPTIONS } from '../../../kit/lookupTable/layout';

export default defineMeta({
  id: 'nf4',
  label: 'NF4',
  family: 'non-uniform',
  source: 'Dettmers et al. 2023, QLoRA, https://arxiv.org/abs/2305.14314',
  notes:
    'The nearest of 16 fixed levels at the quantiles of a normal distribution, times the largest magnitude of each block. Blocks run over the flattened matrix as in bitsandbytes; block maxima are float32, or 8-bit with double quantisation.',
  options: LOOKUP_OPTIONS,
  needs: {},
  stores: 'levels',
});
