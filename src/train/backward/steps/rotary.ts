import { recordRotaryBackward } from '../rotary';
import type { StepBackward } from '../step';

const backward: StepBackward<'rotary'> = {
  op: 'rotary',
  keeps: () => [],
  record: ({ value, ...rotation }, site) =>
    recordRotaryBackward(site, site.through(value), site.rotaryTable(rotation), rotation, site.layout),
};

export default backward;
