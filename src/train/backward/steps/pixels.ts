import type { StepBackward } from '../step';

/** Pixels are data and have no gradient. */
const backward: StepBackward<'pixels'> = {
  op: 'pixels',
  keeps: () => [],
  record: async () => undefined,
};

export default backward;
