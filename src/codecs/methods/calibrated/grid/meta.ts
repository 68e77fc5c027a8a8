import { defineMeta } from '../../../contract/meta';
import { dampingOption } from '../../../contract/options';

export default defineMeta({
  id: 'grid',
  label: 'Uniform grid for entropy coding',
  family: 'entropy coding',
  source:
    'Gray, Neuhoff 1998, Quantization, https://doi.org/10.1109/18.720541; Frantar et al. 2022, GPTQ, https://arxiv.org/abs/2210.17323',
  notes:
    'Rounds a whole matrix to multiples of one step, 8 bits each, for use in rans(grid): at equal error, entropy-coded integers with one step take fewer bits than scaled groups. Waterfilled gives each column the step at which all columns contribute equally to the output error; the trellis saves another tenth of a bit or more. In tables of tokens, a row that most rows share is stored once, and rows of rare tokens can have wider steps than those of frequent ones.',
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
    dampingOption(0.01),
    { key: 'centre', kind: 'boolean', label: 'Subtract the row that most rows share', default: true },
    {
      key: 'rows',
      kind: 'choice',
      label: 'Steps of token rows',
      values: ['uniform', 'counts'],
      default: 'uniform',
    },
    {
      key: 'unseen',
      kind: 'number',
      label: 'Count of an unseen token',
      min: 0.001,
      max: 100,
      default: 1,
      unit: 'occurrences, added to every count',
    },
  ],
  needs: {
    calibration: true,
    calibrationUnless: [
      { option: 'rounding', value: 'nearest' },
      { option: 'rows', value: 'uniform' },
    ],
  },
});
