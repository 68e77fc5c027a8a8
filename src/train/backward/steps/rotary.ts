import { recordRotaryBackward } from '../rotary';
import type { StepBackward } from '../step';

const backward: StepBackward<'rotary'> = {
  op: 'rotary',
  keeps: () => [],
  record: ({ value, heads, headWidth, theta }, site) =>
    recordRotaryBackward(
      site,
      site.through(value),
      site.angles(headWidth, theta),
      { heads, headWidth },
      site.layout,
    ),
};

export default backward;
