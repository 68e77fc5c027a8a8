/** Queries of plans small enough to be a step on the way to what a test is about. */

/** @returns a query for these codecs over two short windows: a record takes seconds */
export function small(codecs: string, rest = ''): string {
  return `codec=${codecs}&windows=2&context=32&verdict=off${rest && `&${rest}`}`;
}
