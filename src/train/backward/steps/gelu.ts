import { recordGeluBackward } from '../gelu';
import type { StepBackward } from '../step';

const backward: StepBackward<'gelu'> = {
  op: 'gelu',
  keeps: ({ value }) => [value],
  record: ({ value, form }, site) =>
    recordGeluBackward(site, { input: site.read(value), dy: site.through(value), rows: site.rows, form }),
};

export default backward;
