import type { CodecMeta } from '../codec';

const meta: CodecMeta = {
  id: 'caldera',
  label: 'CALDERA (grid plus low rank)',
  family: 'low-rank',
  source:
    'Saha, Sagan, Srivastava, Goldsmith, Pilanci 2024, Compressing Large Language Models using Low Rank and Low Precision Decomposition, https://arxiv.org/abs/2405.18886',
  notes:
    'W ≈ Q + L·R: integers of few bits with error feedback, plus the product of two thin matrices of few bits that takes up what the integers leave over. Both are found in turn, by the error of the layer’s output. The factors take factor bits · rank · (rows + columns).',
  options: [
    {
      key: 'bits',
      named: true,
      kind: 'integer',
      label: 'Bits per code',
      min: 2,
      max: 4,
      step: 1,
      default: 2,
      unit: 'bits',
      term: 'bits-per-weight',
    },
    {
      key: 'rank',
      named: true,
      kind: 'integer',
      label: 'Rank, at most rows and columns',
      min: 1,
      max: 256,
      step: 1,
      default: 16,
    },
    {
      key: 'group',
      named: true,
      kind: 'choice',
      label: 'Group size',
      values: ['16', '32', '64', '128', '256', 'row'],
      default: '64',
      unit: 'weights',
      term: 'group',
    },
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
    {
      key: 'scheme',
      kind: 'choice',
      label: 'Scheme',
      values: ['symmetric', 'asymmetric'],
      default: 'asymmetric',
      term: 'quantisation-scheme',
    },
    { key: 'clip', kind: 'boolean', label: 'Clip search', default: true, term: 'clip-search' },
    { key: 'iterations', kind: 'integer', label: 'Alternations', min: 1, max: 20, step: 1, default: 4 },
    {
      key: 'damping',
      kind: 'number',
      label: 'Damping',
      min: 0,
      max: 1,
      default: 0.01,
      unit: 'of the mean diagonal',
      term: 'damping',
    },
    { key: 'seed', kind: 'integer', label: 'Seed', min: 0, max: 2 ** 31 - 1, step: 1, default: 1 },
  ],
  needs: { calibration: true, seed: true },
};

export default meta;
