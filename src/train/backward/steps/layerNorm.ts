import { recordLayerNormBackward } from '../layerNorm';
import type { StepBackward } from '../step';

const backward: StepBackward<'layerNorm'> = {
  op: 'layerNorm',
  keeps: ({ input }) => [input],
  record: ({ input, weight, bias, epsilon, out }, site) =>
    recordLayerNormBackward(site, {
      input: site.read(input),
      dy: site.gradient(out),
      dx: site.into(input),
      weight: site.weights.table(weight),
      dWeight: site.tensorGradient(weight),
      dBias: site.tensorGradient(bias),
      rows: site.rows,
      epsilon,
    }),
};

export default backward;
