import { recordAdd } from '../../../runtime/ops/elementwise';
import type { StepBackward } from '../step';

/** out += input: both get what the sum gets. */
const backward: StepBackward<'add'> = {
  op: 'add',
  keeps: () => [],
  record: ({ input, out }, site) => recordAdd(site, site.through(out), site.into(input), site.rows),
};

export default backward;
