import { defineMeta } from '../../../contract/meta';
import { bitsOption, clipOption, groupOption, schemeOption } from '../../../contract/options';

export default defineMeta({
  id: 'rtn',
  label: 'Round to nearest',
  family: 'round-to-nearest',
  source:
    'Krishnamoorthi 2018, Quantizing deep convolutional networks for efficient inference, https://arxiv.org/abs/1806.08342',
  notes:
    'Stores each group of weights along a row as integers times one float16 scale (asymmetric: minus a zero point). Clip search also tries ranges of 31/32 … 8/32 of the group’s own and keeps the one with the smallest squared error.',
  options: [bitsOption(4), groupOption('32', ['8']), schemeOption('symmetric'), clipOption(false)],
  needs: {},
  stores: 'integers',
});
