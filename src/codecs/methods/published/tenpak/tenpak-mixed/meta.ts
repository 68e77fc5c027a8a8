import { defineMeta } from '../../../../contract/meta';
import { MODE } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-mixed',
  label: 'Tenpak INT4, groups by role',
  family: 'tenpak',
  source: 'Tenpak (earlier name of Sparse), https://github.com/gagansuie/sparse',
  notes:
    'Gives every matrix a group size by its place in the block: small for query and key, large for the MLP’s way down. A rule by name, not by measurement. int4_hybrid_v2 as published cannot read its own residuals.',
  options: [
    {
      key: 'method',
      named: true,
      kind: 'choice',
      label: 'Method',
      values: ['int4_mixed_v1', 'int4_hybrid_v1', 'int4_hybrid_v2', 'int4_ultimate_v1'],
      default: 'int4_mixed_v1',
    },
    MODE,
  ],
  needs: {},
  assigns: true,
});
