import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'int8-outlier-columns',
  label: 'int8 + outlier columns',
  family: 'outlier',
  source: 'Dettmers et al. 2022, LLM.int8(), https://arxiv.org/abs/2208.07339',
  notes:
    'Row-wise int8 (largest magnitude ÷ 127, float16 scale), with the input columns of largest norm kept in float16. A matrix with fewer columns keeps all of them in float16.',
  options: [
    {
      key: 'columns',
      named: true,
      kind: 'integer',
      label: 'Outlier columns',
      min: 0,
      max: 1024,
      default: 8,
      unit: 'columns',
      term: 'outlier-column',
    },
  ],
  needs: {},
});
