import type { ModelShape, Step, StepOf } from './architecture';
import { linearInputs } from './linearInputs';
import { stepValues } from './program';

/** Returns the number of floating-point operations of a forward pass over `sequences` × `length` tokens, without the head. */
export function forwardFlops(shape: ModelShape, sequences: number, length: number): number {
  const { prologue, blocks, epilogue } = shape.program;
  const steps = [...prologue, ...blocks.flat(), ...epilogue];
  return steps.reduce((sum, step) => sum + stepFlops(step, rowsOf(step, sequences, length), length), 0);
}

/** Returns the number of floating-point operations of the head over `rows` hidden states. */
export function headFlops(shape: ModelShape, rows: number): number {
  return 2 * rows * shape.program.hidden.width * shape.program.head.outputs;
}

/** Returns the number of floating-point operations of the Gram matrices XᵀX of all linear layers' inputs X. */
export function gramFlops(shape: ModelShape, sequences: number, length: number): number {
  return linearInputs(shape.program).reduce((sum, { width }) => sum + 2 * sequences * length * width ** 2, 0);
}

/** Returns the number of rows that a step computes: one for each token, or for each sequence. */
function rowsOf(step: Step, sequences: number, length: number): number {
  return stepValues(step).writes[0].perSequence ? sequences : sequences * length;
}

function stepFlops(step: Step, rows: number, length: number): number {
  switch (step.op) {
    case 'linear':
      return 2 * rows * step.input.width * step.out.width;
    case 'attention':
      // Scores and weighted sum take two operations per element each.
      return 4 * rows * keysSeen(step, length) * step.heads * step.headWidth;
    case 'patches':
      return 2 * rows * step.channels * step.patch ** 2 * step.out.width;
    case 'layerNorm':
    case 'adaptiveNorm':
    case 'rmsNorm':
      return 8 * rows * step.input.width;
    case 'gelu':
      return 12 * rows * step.value.width;
    case 'relu':
      return rows * step.value.width;
    case 'silu':
      return 4 * rows * step.value.width;
    case 'gatedAdd':
      return 2 * rows * step.out.width;
    case 'siluGate':
      return 8 * rows * step.gate.width;
    case 'rotary':
      return 6 * rows * step.heads * (step.rotaryDim ?? step.headWidth);
    default:
      return rows * step.out.width;
  }
}

/** Returns the average number of keys per query: about half of them if causal, and at most the window. */
function keysSeen({ causal, window = Infinity }: StepOf<'attention'>, length: number): number {
  return causal ? Math.min(length / 2, window) : length;
}
