import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'float32',
  label: 'float32',
  family: 'float',
  source: 'IEEE 754-2019 binary32, https://doi.org/10.1109/IEEESTD.2019.8766229',
  notes: 'Unchanged weights of 32 bits each: the baseline of every compression ratio.',
  options: [],
  needs: {},
});
