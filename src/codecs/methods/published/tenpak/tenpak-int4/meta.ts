import { defineMeta } from '../../../../contract/meta';
import { METHODS } from '../../../../kit/tenpak/int4/methods';
import { MODE } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-int4',
  label: 'Tenpak INT4 family',
  family: 'tenpak',
  source: 'Tenpak (earlier name of Sparse), https://github.com/gagansuie/sparse',
  notes:
    'Min-max INT4 in groups of the flattened checkpoint tensor with float16 scale and offset, some methods with an INT2 residual. The published refinement of ranges raises the squared error; mode=corrected searches clipped ranges instead, at the same bytes. int4_hybrid_v2 as published cannot read its own residuals.',
  options: [
    {
      key: 'method',
      named: true,
      kind: 'choice',
      label: 'Method',
      values: METHODS,
      default: 'int4_residual_v1',
    },
    MODE,
    {
      key: 'group',
      kind: 'choice',
      label: 'Group size, where the method leaves it to role or tier',
      values: ['8', '16', '32', '64', '128', '256'],
      default: '64',
      unit: 'weights',
      term: 'group',
    },
    {
      key: 'residual',
      kind: 'choice',
      label: 'Residual of method=tier',
      values: ['none', 'int4', 'int2'],
      default: 'none',
    },
  ],
  needs: {},
  orientation: 'checkpoint',
});
