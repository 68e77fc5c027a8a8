/** Queries of small plans, for tests that need some records. */

/** Two short windows for measuring and two for calibration. */
export const FEW = 'windows=2&context=32&calibration-windows=2';

/** Returns a query for these codecs on two short windows, with which a record takes seconds. */
export function small(codecs: string, rest = ''): string {
  return `codec=${codecs}&${FEW}&verdict=off${rest && `&${rest}`}`;
}
