import type { ModelShape, TensorRole, TensorSpec, Value } from '../../architecture';
import { valueWidths } from '../../program';

/** Returns the spec of a vector [n], whose canonical matrix is [1, n]. */
export function vector(name: string, n: number, role: TensorRole, block?: number): TensorSpec {
  return { name, shape: [n], matrix: [1, n], role, block };
}

/** Returns the spec of a matrix that the checkpoint stores as [out, in]. */
export function matrix(
  name: string,
  out: number,
  inner: number,
  role: TensorRole,
  block?: number,
): TensorSpec {
  return { name, shape: [out, inner], matrix: [out, inner], role, block };
}

/** Returns the spec of a matrix that the checkpoint stores as [in, out]; its canonical matrix is [out, in]. */
export function transposedMatrix(
  name: string,
  out: number,
  inner: number,
  role: TensorRole,
  block?: number,
): TensorSpec {
  return { name, shape: [inner, out], matrix: [out, inner], role, block, transposed: true };
}

/**
 * Returns the `TensorSpec.rowOrder` of a fused query, key and value layer whose checkpoint interleaves them. The
 * canonical order is the queries of all heads, then the keys, then the values.
 * @param checkpointRow the checkpoint's row of column `c` of head `h`; part 0 is the query, 1 the key, 2 the value
 */
export function fusedRowOrder(
  heads: number,
  headWidth: number,
  checkpointRow: (part: number, h: number, c: number) => number,
): Uint32Array {
  const width = heads * headWidth;
  return Uint32Array.from({ length: 3 * width }, (_, row) => {
    const column = row % width;
    return checkpointRow(Math.floor(row / width), Math.floor(column / headWidth), column % headWidth);
  });
}

/** Returns the specs of the `weight` and `bias` [n] of a norm. */
export function normPair(name: string, n: number, block?: number): TensorSpec[] {
  return [vector(`${name}.weight`, n, 'norm', block), vector(`${name}.bias`, n, 'norm', block)];
}

/** Returns a whole activation. */
export function value(name: string, width: number): Value {
  return { name, width };
}

/** Columns [column, column + width) of an activation. */
export function columns(name: string, column: number, width: number): Value {
  return { name, column, width };
}

/** Returns the integers 0 … n − 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Returns the number of weights; every tensor is listed once, so tied ones count once. */
function countParameters(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { matrix: [rows, inner] }) => sum + rows * inner, 0);
}

/** Completes a shape with what follows from its tensors and program. */
export function finishShape(shape: Omit<ModelShape, 'maxWidth' | 'parameters'>): ModelShape {
  return {
    ...shape,
    maxWidth: Math.max(...valueWidths(shape.program).values()),
    parameters: countParameters(shape.tensors),
  };
}
