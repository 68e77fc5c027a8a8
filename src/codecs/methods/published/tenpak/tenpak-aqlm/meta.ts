import { defineMeta } from '../../../../contract/meta';
import { MODE } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-aqlm',
  label: 'Tenpak AQLM',
  family: 'vector',
  source:
    'Tenpak codec aqlm_v1, https://github.com/gagansuie/sparse; after Egiazarian et al. 2024, AQLM, https://arxiv.org/abs/2401.06118',
  notes:
    'Each group of 128 weights has two codebooks of four numbers, and a weight is the sum of one of each: 5 bits per weight, 1 of them for the codebooks. The paper’s AQLM adds learned vectors fitted to activations; this is a scalar quantiser. Faithful mode stores indices from before the last update.',
  options: [MODE],
  needs: {},
  orientation: 'checkpoint',
});
