import { recordReluBackward } from '../relu';
import type { StepBackward } from '../step';

const backward: StepBackward<'relu'> = {
  op: 'relu',
  keeps: ({ value }) => [value],
  record: ({ value }, site) =>
    recordReluBackward(site, { input: site.read(value), dy: site.through(value), rows: site.rows }),
};

export default backward;
