import { defineMeta } from '../../../contract/meta';
import { bitsOption, clipOption, dampingOption, groupOption, schemeOption } from '../../../contract/options';

export default defineMeta({
  id: 'gptq',
  label: 'GPTQ',
  family: 'calibrated',
  source:
    'Frantar, Ashkboos, Hoefler, Alistarh 2022, GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers, https://arxiv.org/abs/2210.17323',
  notes:
    'Rounds a matrix column by column and compensates for each error in the columns that follow, weighted by the layer’s inputs on calibration data. It is stored like round to nearest, at the same size.',
  options: [
    bitsOption(4),
    groupOption('128'),
    schemeOption('asymmetric'),
    { key: 'act-order', kind: 'boolean', label: 'Largest inputs first', default: true, term: 'act-order' },
    dampingOption(0.01),
    clipOption(false),
  ],
  needs: { calibration: true },
  stores: 'integers',
});
