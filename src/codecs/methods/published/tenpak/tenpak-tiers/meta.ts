import { defineMeta } from '../../../../contract/meta';
import { MODE } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-tiers',
  label: 'Tenpak tiers by sensitivity',
  family: 'tenpak',
  source: 'Tenpak (earlier name of Sparse), https://github.com/gagansuie/sparse',
  notes:
    'Four tiers of INT4 with residuals by the sensitivity of each tensor: guessed from its position, or the measured rise of the loss. Corrected: the same bytes spent where measured errors, weighted by sensitivity, fall most. The published sizes leave metadata out; here every byte counts.',
  options: [
    {
      key: 'table',
      named: true,
      kind: 'choice',
      label: 'Tiers of the published table, or of its code',
      values: ['seed', 'code'],
      default: 'seed',
    },
    MODE,
    {
      key: 'sensitivity',
      named: true,
      kind: 'choice',
      label: 'Sensitivity',
      values: ['position', 'loss'],
      default: 'position',
    },
  ],
  needs: { calibration: true, calibrationUnless: { option: 'sensitivity', value: 'position' } },
  assigns: true,
});
