import type { CodecMeta } from '../../../../contract/meta';

const meta: CodecMeta = {
  id: 'rft-vertex',
  label: 'RFT vertex codec',
  family: 'transform',
  source: 'QuantoniumOS RFT, https://github.com/mandcony/quantoniumos',
  notes:
    'The flattened tensor is transformed in chunks; modulus and phase of each complex coefficient become codes in a JSON document. A complex transform of real weights doubles the numbers to store, so files are often larger than the weights.',
  options: [
    {
      key: 'mode',
      named: true,
      kind: 'choice',
      label: 'Mode',
      values: ['lossy', 'lossless'],
      default: 'lossy',
    },
    {
      key: 'transform',
      kind: 'choice',
      label: 'Transform',
      values: ['phase-fft', 'golden-qr', 'canonical'],
      default: 'phase-fft',
    },
    {
      key: 'chunk',
      kind: 'integer',
      label: 'Chunk length',
      min: 64,
      max: 4096,
      values: [64, 128, 256, 512, 1024, 2048, 4096],
      default: 4096,
      unit: 'weights',
    },
    { key: 'prune', kind: 'number', label: 'Prune below (modulus)', min: 0, max: 1000, default: 0 },
    {
      key: 'amplitude',
      named: true,
      kind: 'integer',
      label: 'Amplitude bits',
      min: 1,
      max: 12,
      step: 1,
      default: 6,
      unit: 'bits',
    },
    {
      key: 'phase',
      named: true,
      kind: 'integer',
      label: 'Phase bits',
      min: 1,
      max: 12,
      step: 1,
      default: 5,
      unit: 'bits',
    },
    { key: 'entropy', kind: 'choice', label: 'Payload', values: ['raw', 'rans'], default: 'raw' },
    {
      key: 'ans',
      kind: 'choice',
      label: 'rANS decoder reads',
      values: ['words', 'bytes'],
      default: 'words',
    },
  ],
  needs: {},
  orientation: 'checkpoint',
};

export default meta;
