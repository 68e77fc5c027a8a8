import { recordPositionsBackward } from '../positions';
import type { StepBackward } from '../step';

const backward: StepBackward<'addPositions'> = {
  op: 'addPositions',
  keeps: () => [],
  async record({ table, out, offset = 0 }, site) {
    const dy = site.through(out);
    const dTable = site.tensorGradient(table);
    await recordPositionsBackward(site, { dy, dTable, offset, layout: site.layout });
  },
};

export default backward;
