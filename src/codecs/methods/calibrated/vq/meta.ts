import { defineMeta } from '../../../contract/meta';
import { seedOption } from '../../../contract/options';

export default defineMeta({
  id: 'vq',
  label: 'Vector quantisation',
  family: 'vector',
  source:
    'Gray 1984, Vector quantization, https://doi.org/10.1109/MASSP.1984.1162229; Lloyd 1982, https://doi.org/10.1109/TIT.1982.1056489',
  notes:
    'Replaces vectors of neighbouring weights by the nearest of 2^bits vectors that k-means finds for each tensor. Weights take index bits ÷ dimension, and the codebook is counted. Weighting by the layer’s inputs lowers the error of columns with large activations.',
  options: [
    {
      key: 'dimension',
      named: true,
      kind: 'integer',
      label: 'Weights per vector',
      min: 1,
      max: 8,
      values: [1, 2, 4, 8],
      default: 4,
      unit: 'weights',
    },
    {
      key: 'bits',
      named: true,
      kind: 'integer',
      label: 'Bits per index',
      min: 4,
      max: 12,
      step: 1,
      default: 8,
      unit: 'bits',
    },
    {
      key: 'scale',
      kind: 'choice',
      label: 'Weights per normalisation scale',
      values: ['none', 'row', '256', '128', '64', '32'],
      default: 'row',
      unit: 'weights',
    },
    {
      key: 'weighting',
      kind: 'choice',
      label: 'Weighting',
      values: ['none', 'input'],
      default: 'none',
    },
    { key: 'rounds', kind: 'integer', label: 'Rounds of k-means', min: 1, max: 100, step: 1, default: 20 },
    seedOption('Seed of the first centroids'),
  ],
  needs: { calibration: true, calibrationUnless: { option: 'weighting', value: 'none' } },
});
