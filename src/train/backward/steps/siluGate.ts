import { recordSiluGateBackward } from '../siluGate';
import type { StepBackward } from '../step';

const backward: StepBackward<'siluGate'> = {
  op: 'siluGate',
  refuses: ({ gate, up }) => (gate.name === up.name ? 'on columns of one value' : undefined),
  keeps: ({ gate, up }) => [gate, up],
  record: ({ gate, up, out }, site) =>
    recordSiluGateBackward(site, {
      gate: site.read(gate),
      up: site.read(up),
      dOut: site.gradient(out),
      dGate: site.fresh(gate),
      dUp: site.fresh(up),
      rows: site.rows,
    }),
};

export default backward;
