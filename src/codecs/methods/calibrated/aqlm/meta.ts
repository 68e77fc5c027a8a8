import { defineMeta } from '../../../contract/meta';
import { dampingOption, seedOption } from '../../../contract/options';

export default defineMeta({
  id: 'aqlm',
  label: 'AQLM (additive codebooks)',
  family: 'vector',
  source:
    'Egiazarian et al. 2024, Extreme compression of large language models via additive quantization, https://arxiv.org/abs/2401.06118',
  notes:
    'Each group of neighbouring weights of a row is a sum of one entry from each of several codebooks learned for the matrix, times a scale for the row. Codes come from a beam search and codebooks from least squares, both on the error of the layer’s output. On small matrices the codebooks themselves take a fair share of the bytes.',
  options: [
    {
      key: 'codebooks',
      named: true,
      kind: 'integer',
      label: 'Codebooks',
      min: 1,
      max: 4,
      step: 1,
      default: 2,
      term: 'codebook',
    },
    {
      key: 'bits',
      named: true,
      kind: 'integer',
      label: 'Bits per code',
      min: 4,
      max: 8,
      step: 1,
      default: 8,
      unit: 'bits',
    },
    {
      key: 'dimension',
      kind: 'integer',
      label: 'Weights per group',
      min: 4,
      max: 8,
      values: [4, 8],
      default: 8,
      unit: 'weights',
      term: 'group',
    },
    {
      key: 'weighting',
      kind: 'choice',
      label: 'Error to minimise',
      values: ['gram', 'none'],
      default: 'gram',
      term: 'calibration',
    },
    { key: 'iterations', kind: 'integer', label: 'Alternations', min: 1, max: 50, step: 1, default: 6 },
    { key: 'beams', kind: 'integer', label: 'Beam width', min: 1, max: 4, step: 1, default: 4 },
    dampingOption(0.01),
    seedOption('Seed'),
  ],
  needs: { calibration: true, calibrationUnless: { option: 'weighting', value: 'none' } },
});
