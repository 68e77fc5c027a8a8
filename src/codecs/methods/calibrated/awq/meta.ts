import { defineMeta } from '../../../contract/meta';
import { bitsOption, clipOption, groupOption, schemeOption } from '../../../contract/options';

export default defineMeta({
  id: 'awq',
  label: 'AWQ',
  family: 'round-to-nearest',
  source:
    'Lin et al. 2023, AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration, https://arxiv.org/abs/2306.00978',
  notes:
    'Scales up columns with large activations before rounding: s = mean|x|^α, with α and the clipping of each group chosen by the measured output error. The scale is folded into the norm before the layers, or stored and counted; with “only”, layers without a norm before them are not scaled, as other formats need it.',
  options: [
    bitsOption(4),
    groupOption('128'),
    schemeOption('asymmetric'),
    { key: 'grid', kind: 'integer', label: 'Exponents tried', min: 1, max: 100, step: 1, default: 20 },
    clipOption(true),
    {
      key: 'fold',
      kind: 'choice',
      label: 'Fold the scale into the norm',
      // `only` leaves layers without a norm before them unscaled, so that other tools can read the result.
      values: ['true', 'false', 'only'],
      default: 'true',
    },
  ],
  needs: { calibration: true },
  stores: 'integers',
  storesIf: { option: 'fold', value: 'only' },
});
