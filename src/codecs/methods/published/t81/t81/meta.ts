import { defineMeta } from '../../../../contract/meta';
import { thresholdOption } from '../../../../kit/ternaryBlocks/options';
import { NEEDS_TRAINING } from '../../../../kit/ternaryBlocks/training';

export default defineMeta({
  id: 't81',
  label: 't81 limbs',
  family: 'ternary',
  source: 't81lib, https://github.com/t81dev/t81lib',
  notes:
    'The published rule, included for comparison: weights from an absolute threshold on become ±1, all others 0, without a scale. Warning: ordinary layers have no weight that large and become all zero, so that the model is lost; it needs weights trained for it.',
  options: [thresholdOption('Threshold (absolute)', 0.45)],
  needs: {},
  needsTraining: NEEDS_TRAINING,
});
