import { defineMeta } from '../../../contract/meta';
import { seedOption } from '../../../contract/options';

export default defineMeta({
  id: 'hadamard',
  label: 'Randomised Hadamard rotation',
  family: 'rotation',
  source: 'Ashkboos et al. 2024, QuaRot, https://arxiv.org/abs/2404.00456',
  notes:
    'Multiplies each row of weights by random signs and a Hadamard matrix before another codec rounds it, and inverts this after decoding. The rotation spreads an outlier over many weights, so that a group’s scale fits its weights better. It costs no bytes.',
  options: [
    {
      key: 'block',
      kind: 'choice',
      label: 'Columns rotated together',
      values: ['auto', '16', '32', '64', '128', '256', '512', '1024'],
      default: 'auto',
      unit: 'columns',
    },
    seedOption('Seed of the signs', 0),
  ],
  needs: {},
  wraps: true,
});
