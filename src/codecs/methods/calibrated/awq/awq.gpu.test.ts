import { groupColumns } from '../../../contract/options';
import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';

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
    groups: ({ group }, [, columns]) => ({ size: groupColumns(String(group), columns), flat: false }),
    search: { errorBudget: SEARCH_ERROR_BUDGET },
  },
);
