import { defineMeta } from '../../../../contract/meta';
import { thresholdOption } from '../../../../kit/ternaryBlocks/options';
import { NEEDS_TRAINING } from '../../../../kit/ternaryBlocks/training';

export default defineMeta({
  id: 't81-row',
  label: 't81 rows',
  family: 'ternary',
  source: 't81lib, https://github.com/t81dev/t81lib',
  notes:
    'The published row helper (called TQ1_0 there, though its format is another): each weight becomes a trit relative to the largest of its row, eight in two bytes, with one float32 scale per row. Most weights of a long row become zero; above a relative weight error of 0.25 the record says “needs training”.',
  options: [thresholdOption('Threshold (share of the row’s largest)', 0.45)],
  needs: {},
  needsTraining: NEEDS_TRAINING,
});
