import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'fp8',
  label: 'FP8',
  family: 'float',
  source: 'Micikevicius et al. 2022, FP8 Formats for Deep Learning, https://arxiv.org/abs/2209.05433',
  notes:
    'Stores weights as 8-bit floats times a scale, which brings the largest magnitude to the largest number of the format: e4m3 has four significant bits, e5m2 three and more range.',
  options: [
    {
      key: 'format',
      named: true,
      kind: 'choice',
      label: 'Format',
      values: ['e4m3', 'e5m2'],
      default: 'e4m3',
    },
    {
      key: 'scale',
      named: true,
      kind: 'choice',
      label: 'One scale for',
      values: ['tensor', 'row', 'block'],
      default: 'row',
      unit: 'block: 128 × 128 weights',
    },
  ],
  needs: {},
  stores: 'float8',
});
