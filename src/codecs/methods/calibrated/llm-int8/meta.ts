import { defineMeta } from '../../../contract/meta';
import { ACTIVATIONS } from '../../../kit/int8Rows/options';

export default defineMeta({
  id: 'llm-int8',
  label: 'LLM.int8()',
  family: 'outlier',
  source: 'Dettmers et al. 2022, LLM.int8(), https://arxiv.org/abs/2208.07339',
  notes:
    'Multiplies row-wise int8 weights by activations rounded to int8 per token; columns whose activations reach the threshold are multiplied in floating point from a float16 copy. The paper finds these columns at run time; here calibration finds them, and they are stored.',
  options: [
    {
      key: 'threshold',
      kind: 'number',
      label: 'Outlier threshold (0: no outliers)',
      min: 0,
      max: 1000,
      step: 0.5,
      default: 6,
      unit: 'activation magnitude',
      term: 'outlier-column',
    },
    ACTIVATIONS,
  ],
  stores: 'integers',
  storesIf: { option: 'threshold', value: 0 },
  needs: { calibration: true, calibrationUnless: { option: 'threshold', value: 0 } },
});
