import type { CodecMeta } from '../codec';

const meta: CodecMeta = {
  id: 'grid',
  label: 'Uniform grid for entropy coding',
  family: 'entropy coding',
  source:
    'Gray, Neuhoff 1998, Quantization, https://doi.org/10.1109/18.720541; Frantar et al. 2022, GPTQ, https://arxiv.org/abs/2210.17323',
  notes:
    'Rounds a whole matrix to multiples of one step, 8 bits each, meant for rans(grid): at equal error, coded integers on one step take fewer bits than scaled groups. Waterfilled gives each column the step at which all add the same to the output error; the trellis gains another tenth of a bit or more.',
  options: [
    {
      key: 'step',
      named: true,
      kind: 'number',
      label: 'Step',
      min: 0.01,
      max: 3,
      default: 0.5,
      unit: 'root mean squares of the matrix',
    },
    {
      key: 'rounding',
      named: true,
      kind: 'choice',
      label: 'Rounding',
      values: ['nearest', 'gptq', 'waterfilled'],
      default: 'waterfilled',
    },
    { key: 'trellis', kind: 'boolean', label: 'Trellis', default: false },
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
  ],
  needs: { calibration: true, calibrationUnless: { option: 'rounding', value: 'nearest' } },
};

export default meta;
