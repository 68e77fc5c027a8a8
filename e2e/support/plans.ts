/** Queries of plans small enough to be a step on the way to what a test is about. */

/** Two short windows to measure on, and as many to learn from. */
export const FEW = 'windows=2&context=32&calibration-windows=2';

/** @returns a query for these codecs over two short windows: a record takes seconds */
export function small(codecs: string, rest = ''): string {
  return `codec=${codecs}&${FEW}&verdict=off${rest && `&${rest}`}`;
}
