import { defineMeta } from '../../../contract/meta';
import { IMPORTANCE, SEARCH } from '../../../kit/ggufBlocks/meta';

export default defineMeta({
  id: 'gguf-mix',
  label: 'Mix of llama.cpp',
  family: 'allocation',
  source: 'llama.cpp v0.5.0, llama_tensor_get_type, https://github.com/ggml-org/llama.cpp',
  notes:
    'Gives every matrix the block type that llama-quantize gives it in a file of this type: Q4_K_M, for example, has Q6_K in some layers. What the file would lose can be measured before it is written. With scope=all the token table has the type it has in the file, and positions stay float32.',
  options: [
    {
      key: 'type',
      named: true,
      kind: 'choice',
      label: 'Type of the file',
      values: [
        'Q2_K',
        'Q3_K_S',
        'Q3_K_M',
        'Q3_K_L',
        'Q4_0',
        'Q4_1',
        'IQ4_XS',
        'IQ4_NL',
        'Q4_K_S',
        'Q4_K_M',
        'Q5_0',
        'Q5_1',
        'Q5_K_S',
        'Q5_K_M',
        'Q6_K',
        'Q8_0',
      ],
      default: 'Q4_K_M',
    },
    IMPORTANCE,
    SEARCH,
  ],
  needs: { calibration: true, calibrationUnless: { option: 'importance', value: 'none' } },
  assigns: true,
  storesGguf: true,
});
