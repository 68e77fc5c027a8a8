import type { CodecMeta } from '../codec';

const meta: CodecMeta = {
  id: 'gptq',
  label: 'GPTQ',
  family: 'calibrated',
  source:
    'Frantar, Ashkboos, Hoefler, Alistarh 2022, GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers, https://arxiv.org/abs/2210.17323',
  notes:
    'Rounds a matrix column by column and lets the columns still to come make up for each error, weighted by what calibration saw at the layer’s input. Stored like round to nearest, at the same size.',
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
      values: ['16', '32', '64', '128', '256', 'row'],
      default: '128',
      unit: 'weights',
      term: 'group',
    },
    {
      key: 'scheme',
      kind: 'choice',
      label: 'Scheme',
      values: ['symmetric', 'asymmetric'],
      default: 'asymmetric',
      term: 'quantisation-scheme',
    },
    { key: 'act-order', kind: 'boolean', label: 'Largest inputs first', default: true, term: 'act-order' },
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
    { key: 'clip', kind: 'boolean', label: 'Clip search', default: false, term: 'clip-search' },
  ],
  needs: { calibration: true },
};

export default meta;
