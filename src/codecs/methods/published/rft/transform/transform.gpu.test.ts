import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

/** float32 sums move coefficients across rounding boundaries: codes differ from the reference's there, errors hardly. */
const ERROR_BUDGET = 2e-3;

describeCodec(
  codec,
  [
    {},
    { basis: 'identity', bits: 3, block: 128, group: '32' },
    { basis: 'hadamard', bits: 3, block: 32 },
    { basis: 'rft', block: 64 },
    { basis: 'dft', bits: 8, block: 128 },
    { basis: 'random', bits: 2, block: 16, group: '64' },
  ],
  { search: { errorBudget: ERROR_BUDGET } },
);
