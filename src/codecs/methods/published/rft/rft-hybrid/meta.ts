import { defineMeta } from '../../../../contract/meta';
import { CODING_BASES } from '../../../../kit/transforms/coding';

/** Makes the option for the width of a code. */
function width<const Key extends string>(key: Key, label: string, preset: number) {
  return {
    key,
    named: true,
    kind: 'integer',
    label,
    min: 1,
    max: 8,
    step: 1,
    default: preset,
    unit: 'bits',
  } as const;
}

export default defineMeta({
  id: 'rft-hybrid',
  label: 'RFT hybrid codec',
  family: 'transform',
  source: 'QuantoniumOS RFT, https://github.com/mandcony/quantoniumos',
  notes:
    'Transforms the flattened tensor, rounds logarithmic amplitudes and phases to integers, and predicts the rounding errors by a small network. Each of its steps can be switched off.',
  options: [
    {
      key: 'transform',
      named: true,
      kind: 'choice',
      label: 'Transform',
      values: CODING_BASES,
      default: 'phase-fft',
    },
    {
      key: 'chunk',
      kind: 'choice',
      label: 'Block length',
      values: ['64', '128', '256', '512', '1024', '2048', '4096', 'whole'],
      default: 'whole',
      unit: 'weights',
    },
    { key: 'prune', kind: 'number', label: 'Prune below (modulus)', min: 0, max: 1000, default: 1e-4 },
    width('amplitude', 'Amplitude bits', 6),
    width('phase', 'Phase bits', 5),
    { key: 'quantisation', kind: 'boolean', label: 'Quantise', default: true },
    {
      key: 'residual',
      kind: 'choice',
      label: 'Residual',
      values: ['none', 'predicted', 'true'],
      default: 'predicted',
    },
    {
      key: 'residualBits',
      kind: 'integer',
      label: 'Bits of a true residual',
      min: 1,
      max: 6,
      step: 1,
      default: 2,
      unit: 'bits',
    },
    { key: 'storage', kind: 'choice', label: 'Storage', values: ['json', 'packed'], default: 'json' },
    { key: 'seed', kind: 'integer', label: 'Seed of the predictor', min: 0, max: 1e6, default: 123 },
  ],
  needs: {},
  orientation: 'checkpoint',
});
