import { defineMeta } from '../../../contract/meta';
import { PRESET_THRESHOLD, thresholdOption } from '../../../kit/ternaryBlocks/options';
import { NEEDS_TRAINING } from '../../../kit/ternaryBlocks/training';

export default defineMeta({
  id: 'ternary',
  label: 'Ternary',
  family: 'ternary',
  source:
    'Ma et al. 2024, BitNet b1.58, https://arxiv.org/abs/2402.17764; Li et al. 2016, Ternary Weight Networks, https://arxiv.org/abs/1605.04711',
  notes:
    'Every weight becomes −1, 0 or +1 times one float16 scale per group. Rules: absmean (BitNet b1.58), twn (threshold 0.7 × mean), optimal (least squared error), gguf (threshold and scale from the maximum); -ls keeps a rule’s codes and uses the least-squares scale. It is meant for models trained for it: above a relative weight error of 0.25 the record says “needs training”; smaller groups help.',
  options: [
    {
      key: 'rule',
      named: true,
      kind: 'choice',
      label: 'Scale rule',
      values: ['absmean', 'absmean-ls', 'twn', 'optimal', 'gguf', 'gguf-ls'],
      default: 'optimal',
      term: 'ternary-rule',
    },
    {
      key: 'group',
      named: true,
      kind: 'choice',
      label: 'Group size',
      values: ['row', '32', '64', '128', '256'],
      default: '128',
      unit: 'weights',
      term: 'group',
    },
    {
      key: 'packing',
      kind: 'choice',
      label: 'Packing',
      values: ['2bit', 'base3', 'base3x20'],
      default: '2bit',
      term: 'ternary-packing',
    },
    thresholdOption('Threshold (gguf rules only)', PRESET_THRESHOLD),
  ],
  needs: {},
  needsTraining: NEEDS_TRAINING,
});
