import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';
import { groupColumns } from '../../../contract/options';

/**
 * With float32 sums the search may stop one update earlier or later than with float64 sums. The mean |error| then differs in its
 * last digits, and the squared error by up to this share on groups of a few weights.
 */
const SEARCH_ERROR_BUDGET = 1e-3;

describeCodec(
  codec,
  [
    {},
    { bits: 2, group: '16' },
    { bits: 3, group: '32', p: 1, beta: 1000 },
    { bits: 4, group: '128', iterations: 0 },
    { bits: 5, group: '64', p: 0.3, beta: 100000, iterations: 100 },
    { bits: 8, group: 'row' },
  ],
  {
    groups: (options, shape) => ({ size: groupColumns(String(options.group), shape[1]), flat: false }),
    search: { errorBudget: SEARCH_ERROR_BUDGET },
  },
);
