import type { EncodeWork } from '../../../contract/codec';
import { addWork, CHOLESKY_OPERATIONS, INVERSE_CHOLESKY_OPERATIONS, timesWork } from '../../../contract/work';
import { uniformFeedbackWork } from '../../../kit/errorFeedback/work';
import type { CalderaLayout } from './layout';

/** Vectors beyond the rank in the search for singular vectors, and its products with the matrix. */
const OVERSAMPLING = 8;
const PRODUCTS = 9;
/** Products with the matrix that fit the factors to each other, and subtract them from it. */
const FITS = 6;
/** Products per alternation that are read back to the host. */
const WAITS = 36;
/** Sweeps of Jacobi's method over the small core, on the host. */
const SWEEPS = 8;

/** Estimates each alternation: Q with error feedback, singular vectors of the rest in the inputs' metric, and fits of factors. */
export function calderaWork(layout: CalderaLayout): EncodeWork {
  const { rows, columns, rank, iterations } = layout;
  const count = Math.min(rank + OVERSAMPLING, rows, columns);
  const grid = { ...uniformFeedbackWork(layout.grid), sharedHost: 0 };
  const factors = {
    gpu: 2 * rows * columns * (2 * columns + PRODUCTS * count + FITS * rank) + 4 * rank * columns ** 2,
    dispatches: WAITS,
    waits: WAITS,
    host: PRODUCTS * 2 * count ** 2 * Math.max(rows, columns) + 9 * SWEEPS * count ** 3,
  };
  const metric = {
    gpu: 0,
    dispatches: 0,
    waits: 2,
    host: (CHOLESKY_OPERATIONS + INVERSE_CHOLESKY_OPERATIONS) * columns ** 3,
  };
  return addWork(metric, timesWork(iterations, addWork(grid, factors)));
}
