import { defineMeta } from '../../../contract/meta';
import { bitsOption, groupOption } from '../../../contract/options';

export default defineMeta({
  id: 'rtn-float32',
  label: 'Round to nearest, float32 scales',
  family: 'round-to-nearest',
  source: 'Frantar et al. 2022, quant.py of GPTQ’s code, https://github.com/IST-DASLab/gptq',
  notes:
    'The min–max grid for which papers on GPTQ and its successors report figures: a float32 scale and an integer zero point per group, without any search. It serves comparisons with those figures; rtn needs fewer bytes for nearly the same weights.',
  options: [bitsOption(4), groupOption('row')],
  needs: {},
});
