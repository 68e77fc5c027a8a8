import { defineMeta } from '../../../contract/meta';
import { thresholdOption } from '../../../kit/ternaryBlocks/options';
import { NEEDS_TRAINING } from '../../../kit/ternaryBlocks/training';

export default defineMeta({
  id: 'tq2-0',
  label: 'TQ2_0',
  family: 'ternary',
  source: 'llama.cpp, ggml type 35, https://github.com/ggml-org/llama.cpp/pull/8151',
  notes:
    'llama.cpp’s ternary blocks of 256 weights in 66 bytes, byte for byte: codes −1, 0, +1 in two bits times the largest magnitude of the block. It is meant for models trained ternary; above a relative weight error of 0.25 the record says “needs training”. The row length must be a multiple of 256.',
  options: [thresholdOption('Threshold (share of the block’s largest)', 0.5)],
  needs: {},
  needsTraining: NEEDS_TRAINING,
  columnsMultiple: 256,
  storesGguf: true,
});
