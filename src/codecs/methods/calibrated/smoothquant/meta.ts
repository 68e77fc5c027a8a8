import { defineMeta } from '../../../contract/meta';
import { ACTIVATIONS } from '../../../kit/int8Rows/options';

export default defineMeta({
  id: 'smoothquant',
  label: 'SmoothQuant',
  family: 'calibrated',
  source: 'Xiao et al. 2022, SmoothQuant, https://arxiv.org/abs/2211.10438',
  notes:
    'Divides each input column by s = max|x|^α ÷ max|w|^(1−α) and multiplies its weights by s, so that activations can be rounded to int8 as accurately as weights. s is folded into the norm before the layer if nothing else reads that norm, else it is stored.',
  options: [
    {
      key: 'alpha',
      named: true,
      kind: 'number',
      label: 'Migration strength α',
      min: 0,
      max: 1,
      step: 0.05,
      default: 0.5,
    },
    ACTIVATIONS,
    { key: 'fold', kind: 'boolean', label: 'Fold the scale into the norm', default: true },
  ],
  needs: { calibration: true },
  stores: 'integers',
  storesIf: { option: 'fold', value: true },
});
