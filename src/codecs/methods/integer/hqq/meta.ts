import { defineMeta } from '../../../contract/meta';
import { bitsOption, groupOption } from '../../../contract/options';

export default defineMeta({
  id: 'hqq',
  label: 'HQQ',
  family: 'round-to-nearest',
  source:
    'Badri and Shaji 2023, Half-Quadratic Quantization of Large Machine Learning Models, https://mobiusml.github.io/hqq_blog/',
  notes:
    'Round to nearest with a real-valued zero point in each group, found without calibration data: half-quadratic splitting alternates rounding, shrinking the error by the p-norm, and updating the zero point.',
  options: [
    bitsOption(4),
    groupOption('64'),
    { key: 'p', kind: 'number', label: 'p of the norm', min: 0.3, max: 1, step: 0.05, default: 0.7 },
    {
      key: 'iterations',
      kind: 'integer',
      label: 'Maximum updates of the zero point',
      min: 0,
      max: 100,
      step: 1,
      default: 20,
    },
    {
      key: 'beta',
      kind: 'number',
      label: 'Initial weight β of the splitting',
      min: 0.1,
      max: 1e6,
      step: 0.1,
      default: 10,
    },
  ],
  needs: {},
});
