import { recordRotaryBackward } from '../rotary';
import type { StepBackward } from '../step';

const backward: StepBackward<'rotary'> = {
  op: 'rotary',
  keeps: () => [],
  record: ({ value, theta, ...shape }, site) =>
    recordRotaryBackward(
      site,
      site.through(value),
      site.angles(shape.rotaryDim ?? shape.headWidth, theta),
      shape,
      site.layout,
    ),
};

export default backward;
