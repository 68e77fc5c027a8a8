import { recordLinearBackward } from '../linear';
import type { StepBackward } from '../step';

const backward: StepBackward<'linear'> = {
  op: 'linear',
  keeps: ({ input }) => [input],
  record: ({ input, weight, bias, out }, site) =>
    recordLinearBackward(site, {
      x: site.read(input),
      dy: site.gradient(out),
      dx: site.into(input),
      weight: site.weights.table(weight),
      dWeight: site.tensorGradient(weight),
      ...(bias !== undefined && { dBias: site.tensorGradient(bias) }),
      rows: site.rows,
    }),
};

export default backward;
