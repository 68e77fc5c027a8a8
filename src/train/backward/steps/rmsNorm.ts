import { recordRmsNormBackward } from '../rmsNorm';
import type { StepBackward } from '../step';

const backward: StepBackward<'rmsNorm'> = {
  op: 'rmsNorm',
  keeps: ({ input }) => [input],
  record: ({ input, weight, epsilon, out, heads }, site) =>
    recordRmsNormBackward(site, {
      input: site.read(input),
      dy: site.gradient(out),
      dx: site.into(input),
      weight: site.weights.table(weight),
      dWeight: site.tensorGradient(weight),
      rows: site.rows,
      epsilon,
      heads,
    }),
};

export default backward;
