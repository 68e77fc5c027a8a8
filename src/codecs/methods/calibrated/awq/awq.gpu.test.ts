import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';
import { awqLayout } from './layout';

/** float32 sums of the clip search may prefer a limit whose error is larger by this share. */
const SEARCH_ERROR_BUDGET = 1e-4;

describeCodec(
  codec,
  [
    {},
    { bits: 3, group: '16', scheme: 'symmetric' },
    { bits: 8, group: 'row', clip: false },
    { bits: 2, group: '64' },
  ],
  {
    groups: (options, shape) => ({ size: awqLayout(shape, options).group, flat: false }),
    search: { applies: () => true, errorBudget: SEARCH_ERROR_BUDGET },
  },
);
