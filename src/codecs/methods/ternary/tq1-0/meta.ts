import { defineMeta } from '../../../contract/meta';
import { thresholdOption } from '../../../kit/ternaryBlocks/options';
import { NEEDS_TRAINING } from '../../../kit/ternaryBlocks/training';

export default defineMeta({
  id: 'tq1-0',
  label: 'TQ1_0',
  family: 'ternary',
  source: 'llama.cpp, ggml type 34, https://github.com/ggml-org/llama.cpp/pull/8151',
  notes:
    'llama.cpp’s ternary blocks of 256 weights in 54 bytes, byte for byte: codes −1, 0, +1 in base 3 times the largest magnitude of the block. It is meant for models trained ternary; above a relative weight error of 0.25 the record says “needs training”. The row length must be a multiple of 256.',
  options: [thresholdOption('Threshold (share of the block’s largest)', 0.5)],
  needs: {},
  needsTraining: NEEDS_TRAINING,
  columnsMultiple: 256,
  storesGguf: true,
});
