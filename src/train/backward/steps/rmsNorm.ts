import { recordRmsNormBackward } from '../rmsNorm';
import type { StepBackward } from '../step';

const backward: StepBackward<'rmsNorm'> = {
  op: 'rmsNorm',
  refuses: ({ heads = 1 }) => (heads === 1 ? undefined : 'head by head'),
  keeps: ({ input }) => [input],
  record: ({ input, weight, epsilon, out }, site) =>
    recordRmsNormBackward(site, {
      input: site.read(input),
      dy: site.gradient(out),
      dx: site.into(input),
      weight: site.weights.table(weight),
      dWeight: site.vectorGradient(weight),
      rows: site.rows,
      epsilon,
    }),
};

export default backward;
