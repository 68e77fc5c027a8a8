import type { Program, Step, Value } from './architecture';

/** Returns all steps of a program in order. */
export function allSteps(program: Program): Step[] {
  return [...program.prologue, ...program.blocks.flat(), ...program.epilogue];
}

/** Returns the activations that a step reads and writes; those changed in place are in both lists. */
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

/** Returns the width in columns of every activation of a program, by name. */
export function valueWidths(program: Program): Map<string, number> {
  const widths = new Map<string, number>();
  for (const step of allSteps(program)) {
    const { reads, writes } = stepValues(step);
    for (const { name, column = 0, width } of [...reads, ...writes])
      widths.set(name, Math.max(widths.get(name) ?? 0, column + width));
  }
  return widths;
}
