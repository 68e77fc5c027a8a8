import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'float16',
  label: 'float16',
  family: 'float',
  source: 'IEEE 754-2019 binary16, https://doi.org/10.1109/IEEESTD.2019.8766229',
  notes:
    'Every weight rounded to the nearest 16-bit float: 11 significant bits, up to 65,504. Half the bytes of float32 with hardly any loss.',
  options: [],
  needs: {},
});
