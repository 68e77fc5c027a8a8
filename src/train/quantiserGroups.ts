import type { QatOptions } from './options';

/** The groups in which the weights of a matrix [rows, columns] share scales. */
export interface QuantiserGroups {
  rows: number;
  columns: number;
  /** Number of weights in a group; the last group of a row may have fewer. */
  size: number;
  perRow: number;
  count: number;
}

/** Returns the groups along the rows of a matrix. Rule t81 has one group, and its kernels treat the tensor as one long row. */
export function quantiserGroups(
  [rows, columns]: readonly [number, number],
  { rule, group }: QatOptions,
): QuantiserGroups {
  if (rule === 't81') return { rows: 1, columns: rows * columns, size: rows * columns, perRow: 1, count: 1 };
  const size = group === 'row' ? columns : Math.min(group, columns);
  const perRow = Math.ceil(columns / size);
  return { rows, columns, size, perRow, count: rows * perRow };
}

/** Returns the kernels' parameters that describe the groups. */
export function groupParams({ columns, size, perRow }: QuantiserGroups): Record<string, number> {
  return { columns, groupSize: size, groupsPerRow: perRow };
}
