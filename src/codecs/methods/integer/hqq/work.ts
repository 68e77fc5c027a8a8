import type { EncodeWork } from '../../../contract/codec';
import type { HqqLayout } from './layout';

/** Operations per weight of an update of the zero points, and of codes and packing. */
const UPDATE = 64;
const CODES = 24;

export function hqqWork({ rows, columns, iterations }: HqqLayout): EncodeWork {
  return { gpu: rows * columns * (UPDATE * (iterations + 1) + CODES), dispatches: 4, waits: 3 };
}
