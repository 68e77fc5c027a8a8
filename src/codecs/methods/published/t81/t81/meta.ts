import { defineMeta } from '../../../../contract/meta';
import { thresholdOption } from '../../../../kit/ternaryBlocks/options';
import { NEEDS_TRAINING } from '../../../../kit/ternaryBlocks/training';

export default defineMeta({
  id: 't81',
  label: 't81 limbs',
  family: 'ternary',
  source: 't81lib, https://github.com/t81dev/t81lib',
  notes:
    'The published rule, kept for comparison: weights from an absolute threshold on become ±1, all others 0, without any scale. Warning: ordinary layers hold no weight that large and become all zero, so that nothing of the model is left; it needs weights trained for it.',
  options: [thresholdOption('Threshold (absolute)', 0.45)],
  needs: {},
  needsTraining: NEEDS_TRAINING,
});
