import type { CodecMeta } from '../codec';

const meta: CodecMeta = {
  id: 'rtn',
  label: 'Round to nearest',
  family: 'round-to-nearest',
  source:
    'Krishnamoorthi 2018, Quantizing deep convolutional networks for efficient inference, https://arxiv.org/abs/1806.08342',
  notes:
    'Each group of weights along a row becomes integers times one float16 scale (asymmetric: minus a zero point). Clip search also tries ranges of 31/32 … 8/32 of the group’s own and keeps the one with the least squared error.',
  options: [
    {
      key: 'bits',
      named: true,
      kind: 'integer',
      label: 'Bits per code',
      min: 2,
      max: 8,
      step: 1,
      default: 4,
      unit: 'bits',
      term: 'bits-per-weight',
    },
    {
      key: 'group',
      named: true,
      kind: 'choice',
      label: 'Group size',
      values: ['8', '16', '32', '64', '128', '256', 'row'],
      default: '32',
      unit: 'weights',
      term: 'group',
    },
    {
      key: 'scheme',
      kind: 'choice',
      label: 'Scheme',
      values: ['symmetric', 'asymmetric'],
      default: 'symmetric',
      term: 'quantisation-scheme',
    },
    { key: 'clip', kind: 'boolean', label: 'Clip search', default: false, term: 'clip-search' },
  ],
  needs: {},
};

export default meta;
