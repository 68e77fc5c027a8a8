import type { CodecMeta } from '../codec';

const meta: CodecMeta = {
  id: 'awq',
  label: 'AWQ',
  family: 'round-to-nearest',
  source:
    'Lin et al. 2023, AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration, https://arxiv.org/abs/2306.00978',
  notes:
    'Scales columns that meet large activations up before rounding: s = mean|x|^α, with α and the clipping of each group chosen by the measured output error. The scale is folded into the norm before the layers, or stored and counted.',
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
    { key: 'grid', kind: 'integer', label: 'Exponents tried', min: 1, max: 100, step: 1, default: 20 },
    { key: 'clip', kind: 'boolean', label: 'Clip search', default: true, term: 'clip-search' },
    { key: 'fold', kind: 'boolean', label: 'Fold the scale into the norm', default: true },
  ],
  needs: { calibration: true },
};

export default meta;
