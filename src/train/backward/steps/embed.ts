import { recordEmbedBackward } from '../embed';
import type { StepBackward } from '../step';

const backward: StepBackward<'embed'> = {
  op: 'embed',
  keeps: () => [],
  async record({ table, out }, site) {
    const dTable = site.tensorGradient(table);
    const vocabulary = site.weights.table(table).rows;
    await recordEmbedBackward(site, {
      ...{ ids: site.input, dy: site.gradient(out), dTable, rows: site.rows, vocabulary },
    });
  },
};

export default backward;
