import type { ModelShape, Program, Step, TensorRole, TensorSpec, Value } from './architecture';

/** A vector [n]; canonical matrix [1, n]. */
export function vector(name: string, n: number, role: TensorRole, block?: number): TensorSpec {
  return { name, shape: [n], matrix: [1, n], role, block };
}

/** A matrix the checkpoint stores as [out, in]. */
export function matrix(
  name: string,
  out: number,
  inner: number,
  role: TensorRole,
  block?: number,
): TensorSpec {
  return { name, shape: [out, inner], matrix: [out, inner], role, block };
}

/** A matrix the checkpoint stores as [in, out]; canonical [out, in]. */
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
 * Rows of a fused query, key and value layer whose checkpoint mixes them, as `TensorSpec.rowOrder`: canonical are the queries
 * of all heads, then the keys, then the values.
 * @param place the checkpoint's row of column `c` of head `h`; part 0 is the query, 1 the key, 2 the value
 */
export function fusedRowOrder(
  heads: number,
  headWidth: number,
  place: (part: number, h: number, c: number) => number,
): Uint32Array {
  const width = heads * headWidth;
  return Uint32Array.from({ length: 3 * width }, (_, row) => {
    const column = row % width;
    return place(Math.floor(row / width), Math.floor(column / headWidth), column % headWidth);
  });
}

/** `weight` and `bias` of a norm of `n` columns. */
export function normPair(name: string, n: number, block?: number): TensorSpec[] {
  return [vector(`${name}.weight`, n, 'norm', block), vector(`${name}.bias`, n, 'norm', block)];
}

/** The whole of an activation. */
export function value(name: string, width: number): Value {
  return { name, width };
}

/** Columns [column, column + width) of an activation. */
export function columns(name: string, column: number, width: number): Value {
  return { name, column, width };
}

/** Integers 0 … n − 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Number of weights; every tensor is listed once, so tied ones count once. */
function countParameters(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { matrix: [rows, inner] }) => sum + rows * inner, 0);
}

/** All steps of a program in order. */
export function allSteps(program: Program): Step[] {
  return [...program.prologue, ...program.blocks.flat(), ...program.epilogue];
}

/** The activations a step reads and writes; in-place ones are in both. */
export function stepValues(step: Step): { reads: Value[]; writes: Value[] } {
  switch (step.op) {
    case 'embed':
    case 'patches':
    case 'pixels':
      return { reads: [], writes: [step.out] };
    case 'addPositions':
      return { reads: [step.out], writes: [step.out] };
    case 'layerNorm':
    case 'rmsNorm':
    case 'linear':
      return { reads: [step.input], writes: [step.out] };
    case 'rotary':
    case 'gelu':
    case 'relu':
      return { reads: [step.value], writes: [step.value] };
    case 'attention':
      return { reads: [step.query, step.key, step.value], writes: [step.out] };
    case 'siluGate':
      return { reads: [step.gate, step.up], writes: [step.out] };
    case 'add':
      return { reads: [step.input, step.out], writes: [step.out] };
  }
}

/** Width in columns of every activation of a program, by name. */
export function valueWidths(program: Program): Map<string, number> {
  const widths = new Map<string, number>();
  for (const step of allSteps(program)) {
    const { reads, writes } = stepValues(step);
    for (const { name, column = 0, width } of [...reads, ...writes])
      widths.set(name, Math.max(widths.get(name) ?? 0, column + width));
  }
  return widths;
}

/** Completes a shape with what follows from its tensors and program. */
export function finishShape(shape: Omit<ModelShape, 'maxWidth' | 'parameters'>): ModelShape {
  return {
    ...shape,
    maxWidth: Math.max(...valueWidths(shape.program).values()),
    parameters: countParameters(shape.tensors),
  };
}
