import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'delta',
  label: 'Difference from a base',
  family: 'difference',
  source: 'Liu et al. 2024, BitDelta, https://arxiv.org/abs/2402.10193',
  notes:
    'Codes the difference between a fine-tuned model and its base with another codec. A small difference takes few bits, but the base is needed to restore the model.',
  options: [],
  needs: { base: true },
  wraps: true,
});
