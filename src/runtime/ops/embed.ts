import type { ActivationView } from '../linear/linear';
import type { DenseMatrix } from '../linear/matrix';
import type { RecordContext, TokenLayout } from './context';

/** Records out[t] = table[ids[t]] for u32 ids below the number of rows, with one dispatch per part of the table. */
export async function recordEmbed(
  { recorder }: RecordContext,
  table: DenseMatrix,
  ids: GPUBuffer,
  out: ActivationView,
  tokens: number,
): Promise<void> {
  const width = table.columns;
  for (const { buffer, firstRow, rows } of table.parts)
    await recorder.dispatch('runtime/embed', {
      params: { tokens, width, firstRow, rows, outStride: out.stride, outColumn: out.column },
      bindings: { ids, table: buffer, out: out.buffer },
      threads: tokens * width,
      cost: 4 * tokens * width,
    });
}

/** Records out[t] += table[offset + position(t)], with one dispatch per part of the table. */
export async function recordPositions(
  { recorder }: RecordContext,
  table: DenseMatrix,
  out: ActivationView,
  { sequences, length, state }: TokenLayout,
  offset = 0,
): Promise<void> {
  const tokens = sequences * length;
  const width = table.columns;
  for (const { buffer, firstRow, rows } of table.parts)
    await recorder.dispatch('runtime/positions', {
      params: {
        ...{ tokens, length, width, offset, firstRow, rows },
        ...{ outStride: out.stride, outColumn: out.column },
      },
      bindings: { state, table: buffer, out: out.buffer },
      threads: tokens * width,
      cost: 4 * tokens * width,
    });
}
