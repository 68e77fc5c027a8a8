import { defineMeta } from '../../../contract/meta';
import {
  bitsOption,
  clipOption,
  dampingOption,
  groupOption,
  schemeOption,
  seedOption,
} from '../../../contract/options';

export default defineMeta({
  id: 'caldera',
  label: 'CALDERA (grid plus low rank)',
  family: 'low-rank',
  source:
    'Saha, Sagan, Srivastava, Goldsmith, Pilanci 2024, Compressing Large Language Models using Low Rank and Low Precision Decomposition, https://arxiv.org/abs/2405.18886',
  notes:
    'W ≈ Q + L·R: integers of few bits with error feedback, plus the product of two thin matrices of few bits that approximates the remaining error. Both are found alternately by the error of the layer’s output. The factors take factor bits · rank · (rows + columns).',
  options: [
    bitsOption(2, 4),
    {
      key: 'rank',
      named: true,
      kind: 'integer',
      label: 'Rank (limited by rows and columns)',
      min: 1,
      max: 256,
      step: 1,
      default: 16,
    },
    groupOption('64'),
    {
      key: 'factor-bits',
      kind: 'integer',
      label: 'Bits per number of the factors',
      min: 4,
      max: 16,
      values: [4, 8, 16],
      default: 8,
      unit: 'bits',
    },
    schemeOption('asymmetric'),
    clipOption(true),
    { key: 'iterations', kind: 'integer', label: 'Alternations', min: 1, max: 20, step: 1, default: 4 },
    dampingOption(0.01),
    seedOption('Seed'),
  ],
  needs: { calibration: true },
});
