import { defineMeta } from '../../../../contract/meta';

export default defineMeta({
  id: 'rft-percentile',
  label: 'RFT percentile codec',
  family: 'transform',
  source: 'QuantoniumOS RFT, https://github.com/mandcony/quantoniumos',
  notes:
    'Keeps the largest coefficients of a φ-phase FFT in chunks of 2048, as integers compressed by zlib. The ratios are high because most coefficients are dropped.',
  options: [
    {
      key: 'percentile',
      named: true,
      kind: 'integer',
      label: 'Drop below percentile',
      min: 90,
      max: 99,
      values: [90, 95, 99],
      default: 90,
      unit: '%',
    },
    {
      key: 'bits',
      kind: 'integer',
      label: 'Bits per part',
      min: 8,
      max: 16,
      values: [8, 16],
      default: 8,
      unit: 'bits',
    },
  ],
  needs: {},
  orientation: 'checkpoint',
});
