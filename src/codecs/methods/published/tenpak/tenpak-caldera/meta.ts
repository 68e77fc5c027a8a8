import { defineMeta } from '../../../../contract/meta';
import { correctedSeed, MODE } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-caldera',
  label: 'Tenpak CALDERA',
  family: 'low-rank',
  source:
    'Tenpak codec caldera_v1, https://github.com/gagansuie/sparse; after Saha et al. 2024, CALDERA, https://arxiv.org/abs/2405.18886',
  notes:
    'W ≈ L·R in 8 bits + 2-bit groups of what is left. Unlike the paper’s CALDERA it neither alternates nor looks at activations, and the faithful mode ignores the error of the 8-bit factors; corrected mode codes what the stored factors really leave.',
  options: [MODE, correctedSeed('the first vectors')],
  needs: {},
  orientation: 'checkpoint',
});
