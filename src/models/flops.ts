import type { ModelShape, Step, StepOf } from './architecture';
import { linearInputs } from './linearInputs';

/** Floating-point operations of one forward pass over `sequences` × `length` tokens, head excluded. */
export function forwardFlops(shape: ModelShape, sequences: number, length: number): number {
  const rows = sequences * length;
  const { prologue, blocks, epilogue } = shape.program;
  const steps = [...prologue, ...blocks.flat(), ...epilogue];
  return steps.reduce((sum, step) => sum + stepFlops(step, rows, length), 0);
}

/** Floating-point operations of the head over `rows` hidden states. */
export function headFlops(shape: ModelShape, rows: number): number {
  return 2 * rows * shape.program.hidden.width * shape.program.head.outputs;
}

/** Floating-point operations of the Gram matrices XᵀX of all linear layers' inputs. */
export function gramFlops(shape: ModelShape, sequences: number, length: number): number {
  return linearInputs(shape.program).reduce((sum, { width }) => sum + 2 * sequences * length * width ** 2, 0);
}

function stepFlops(step: Step, rows: number, length: number): number {
  switch (step.op) {
    case 'linear':
      return 2 * rows * step.input.width * step.out.width;
    case 'attention':
      // Scores and weighted sum, 2 operations each.
      return 4 * rows * keysSeen(step, length) * step.heads * step.headWidth;
    case 'patches':
      return 2 * rows * step.channels * step.patch ** 2 * step.out.width;
    case 'layerNorm':
    case 'rmsNorm':
      return 8 * rows * step.input.width;
    case 'gelu':
      return 12 * rows * step.value.width;
    case 'relu':
      return rows * step.value.width;
    case 'siluGate':
      return 8 * rows * step.gate.width;
    case 'rotary':
      return 6 * rows * step.heads * (step.turned ?? step.headWidth);
    default:
      return rows * step.out.width;
  }
}

/** A causal row sees half of the keys on average, and never more than its window. */
function keysSeen({ causal, window = Infinity }: StepOf<'attention'>, length: number): number {
  return causal ? Math.min(length / 2, window) : length;
}
