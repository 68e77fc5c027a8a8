/** Compares two cells: numbers by size, words alphabetically, missing values always last. */
export function compareCells(a: SortValue, b: SortValue, descending: boolean): number {
  const missing = Number(a === undefined) - Number(b === undefined);
  if (missing !== 0 || a === undefined || b === undefined) return missing;
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  return descending ? -order : order;
}

export type SortValue = number | string | undefined;
