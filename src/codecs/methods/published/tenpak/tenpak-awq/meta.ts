import { defineMeta } from '../../../../contract/meta';

export default defineMeta({
  id: 'tenpak-awq',
  label: 'Tenpak INT4-AWQ (production, "v10")',
  family: 'tenpak',
  source: 'Tenpak (earlier name of Sparse), https://github.com/gagansuie/sparse',
  notes:
    'Columns scaled by the root of the mean input magnitude, the top 0.5 % kept in float16, the rest INT4 with float32 ranges. Needs calibration. The source only simulates it and stores no column scales: here they are folded into the norm before the layer, or stored and counted.',
  options: [
    {
      key: 'group',
      named: true,
      kind: 'choice',
      label: 'Group size (published: 256 for attention, 2048 for MLP)',
      values: ['128', '256', '512', '1024', '2048', '4096'],
      default: '256',
      unit: 'weights',
      term: 'group',
    },
    {
      key: 'mode',
      kind: 'choice',
      label: 'As published, or corrected',
      values: ['faithful', 'corrected'],
      default: 'faithful',
    },
  ],
  needs: { calibration: true },
});
