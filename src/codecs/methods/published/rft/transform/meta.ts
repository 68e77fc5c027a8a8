import { defineMeta } from '../../../../contract/meta';
import { bitsOption } from '../../../../contract/options';
import { REAL_BASES } from '../../../../kit/transforms/realBasis';

export default defineMeta({
  id: 'transform',
  label: 'Transform, then round',
  family: 'transform',
  source:
    'QuantoniumOS RFT, https://github.com/mandcony/quantoniumos; Löwdin 1950, https://doi.org/10.1063/1.1747632',
  notes:
    'Applies an orthogonal transform to blocks along a row and rounds their coefficients with one float16 scale per group. Every basis takes the same bytes, so that the identity is the control that shows whether a transform helps.',
  options: [
    {
      key: 'basis',
      named: true,
      kind: 'choice',
      label: 'Basis',
      values: REAL_BASES,
      default: 'dct',
    },
    {
      key: 'block',
      kind: 'integer',
      label: 'Block length',
      min: 16,
      max: 1024,
      values: [16, 32, 64, 128, 256, 512, 1024],
      default: 64,
      unit: 'weights',
    },
    bitsOption(4),
    {
      key: 'group',
      kind: 'choice',
      label: 'Coefficients per scale',
      values: ['16', '32', '64', '128', '256', 'block'],
      default: 'block',
      unit: 'weights',
      term: 'group',
    },
    { key: 'seed', kind: 'integer', label: 'Seed of the random basis', min: 0, max: 1e6, default: 1 },
  ],
  needs: {},
});
