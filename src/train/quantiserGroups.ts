import type { QatOptions } from './options';

/** How the weights of a matrix [rows, columns] share scales. */
export interface Groups {
  rows: number;
  columns: number;
  /** Weights of a group; the last of a row may be shorter. */
  size: number;
  perRow: number;
  count: number;
}

/** Groups along the rows; rule t81 has one for the whole tensor, which its kernels see as one long row. */
export function groupsOf([rows, columns]: readonly [number, number], { rule, group }: QatOptions): Groups {
  if (rule === 't81') return { rows: 1, columns: rows * columns, size: rows * columns, perRow: 1, count: 1 };
  const size = group === 'row' ? columns : Math.min(group, columns);
  const perRow = Math.ceil(columns / size);
  return { rows, columns, size, perRow, count: rows * perRow };
}

/** The fields of the kernels' parameters that tell the groups. */
export function groupParams({ columns, size, perRow }: Groups): Record<string, number> {
  return { columns, groupSize: size, groupsPerRow: perRow };
}
