import type { StepBackward } from '../step';

/** Pixels are data: nothing before them learns. */
const backward: StepBackward<'pixels'> = {
  op: 'pixels',
  keeps: () => [],
  record: async () => undefined,
};

export default backward;
