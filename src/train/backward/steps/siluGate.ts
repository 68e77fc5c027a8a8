import { recordSiluGateBackward } from '../siluGate';
import type { StepBackward } from '../step';

const backward: StepBackward<'siluGate'> = {
  op: 'siluGate',
  keeps: ({ gate, up }) => [gate, up],
  record: ({ gate, up, out }, site) =>
    recordSiluGateBackward(site, {
      gate: site.read(gate),
      up: site.read(up),
      dOut: site.gradient(out),
      dGate: site.fresh(gate),
      // Columns of one value share one gradient, which `fresh` has made for the gate.
      dUp: up.name === gate.name ? site.into(up) : site.fresh(up),
      rows: site.rows,
    }),
};

export default backward;
