import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

/** Float32 sums may move coefficients across rounding boundaries, which changes codes but hardly the error. */
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
