import { describeCodec } from '../testing/conformance';
import codec from './codec';
import { rtnLayout } from './layout';
import { requantise } from './reference';

/** float32 sums of the clip search may prefer a range whose squared error is larger by this share. */
const SEARCH_ERROR_BUDGET = 1e-4;

describeCodec(
  codec,
  [
    {},
    { bits: 2, group: '8' },
    { bits: 3, group: '16', scheme: 'asymmetric' },
    { bits: 4, group: '32', scheme: 'asymmetric' },
    { bits: 5, group: '64' },
    { bits: 6, group: 'row', scheme: 'asymmetric' },
    { bits: 7, group: '128' },
    { bits: 8, group: '256', scheme: 'asymmetric' },
    { bits: 8, group: 'row' },
    { bits: 2, group: '64', clip: true },
    { bits: 3, group: '32', scheme: 'asymmetric', clip: true },
  ],
  {
    groups: (options, shape) => ({ size: rtnLayout(shape, options).group, flat: false }),
    search: { applies: (options) => options.clip === true, requantise, errorBudget: SEARCH_ERROR_BUDGET },
  },
);
