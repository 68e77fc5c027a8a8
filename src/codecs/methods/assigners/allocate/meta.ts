import { defineMeta } from '../../../contract/meta';
import { dampingOption } from '../../../contract/options';

export default defineMeta({
  id: 'allocate',
  label: 'Bit allocation',
  family: 'allocation',
  source:
    'Shoham and Gersho 1988, Efficient bit allocation for an arbitrary set of quantizers, https://doi.org/10.1109/29.90373',
  notes:
    'Chooses bits and group size, or a block type of llama.cpp, for each matrix so that the predicted rise of the loss is minimal at a given file size. The prediction is the measured sensitivity of each matrix times the measured error of each candidate. With a maximum loss it is the smallest file whose loss stays within that, measured from its bytes on calibration data that calibrated nothing.',
  options: [
    {
      key: 'bits',
      named: true,
      kind: 'number',
      label: 'Maximum bits per weight of the whole file',
      min: 0.5,
      max: 32,
      default: 5,
      unit: 'bits',
      term: 'bits-per-weight',
    },
    {
      key: 'increase',
      kind: 'number',
      label: 'Maximum loss: % of perplexity or points of accuracy (0: any)',
      min: 0,
      max: 100,
      default: 0,
    },
    {
      key: 'family',
      named: true,
      kind: 'choice',
      label: 'Candidates',
      values: ['rtn', 'gptq', 'hqq', 'grid', 'gguf'],
      default: 'rtn',
    },
    {
      key: 'sensitivity',
      kind: 'choice',
      label: 'Sensitivity',
      values: ['loss', 'weight'],
      default: 'loss',
      term: 'sensitivity',
    },
    dampingOption(0.1, 'Damping of gptq and grid'),
    {
      key: 'entropy',
      kind: 'boolean',
      label: 'Entropy coding (grid: always)',
      default: false,
      term: 'entropy-coding',
    },
  ],
  needs: { calibration: true },
  assigns: true,
  storesGguf: { option: 'family', value: 'gguf' },
});
