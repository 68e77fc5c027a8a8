import { recordAdd } from '../../../runtime/ops/elementwise';
import type { StepBackward } from '../step';

/** The gradient of out += input: both summands get the gradient of the sum. */
const backward: StepBackward<'add'> = {
  op: 'add',
  keeps: () => [],
  record: ({ input, out }, site) => recordAdd(site, site.through(out), site.into(input), site.rows),
};

export default backward;
