import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'bfloat16',
  label: 'bfloat16',
  family: 'float',
  source:
    'Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning Training, https://arxiv.org/abs/1905.12322',
  notes: 'The upper 16 bits of a float32, rounded: 8 significant bits over the full range of float32.',
  options: [],
  needs: {},
});
