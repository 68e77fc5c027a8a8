import type { ActivationView } from '../linear/linear';
import type { RecordContext, SequenceRows } from './context';

/** A thread computes several columns because divisions by the width are expensive (shaders/runtime). */
const COLUMNS_PER_THREAD = 4;

/** Records out[rows, width] += input[rows, width], each row times that of its sequence in `gate` if there is one. */
export async function recordAdd(
  { recorder }: RecordContext,
  input: ActivationView,
  out: ActivationView,
  rows: number,
  gate?: SequenceRows,
): Promise<void> {
  const { width } = out;
  const kernel = { module: 'runtime/add', conditions: { gated: gate !== undefined } };
  await recorder.dispatch(kernel, {
    params: {
      rows,
      width,
      inStride: input.stride,
      inColumn: input.column,
      outStride: out.stride,
      outColumn: out.column,
      ...(gate && { length: gate.length, gateStride: gate.view.stride, gateColumn: gate.view.column }),
    },
    bindings: { input: input.buffer, out: out.buffer, ...(gate && { gate: gate.view.buffer }) },
    threads: rows * Math.ceil(width / COLUMNS_PER_THREAD),
    cost: 4 * rows * width,
  });
}

/** Records value[rows, width] = GELU(value) in place. */
export async function recordGelu(
  { recorder }: RecordContext,
  value: ActivationView,
  rows: number,
  form: 'tanh' | 'erf',
): Promise<void> {
  const kernel = { module: 'runtime/gelu', conditions: { erf: form === 'erf' } };
  const { width, stride, column } = value;
  await recorder.dispatch(kernel, {
    params: { rows, width, stride, column },
    bindings: { value: value.buffer },
    threads: rows * Math.ceil(width / COLUMNS_PER_THREAD),
    cost: 20 * rows * width,
  });
}

/** Records value[rows, width] = value · sigmoid(value) in place. */
export async function recordSilu(context: RecordContext, value: ActivationView, rows: number): Promise<void> {
  await recordInPlace(context, 'runtime/silu', value, rows);
}

/** Records value[rows, width] = max(value, 0) in place. */
export async function recordRelu(context: RecordContext, value: ActivationView, rows: number): Promise<void> {
  await recordInPlace(context, 'runtime/relu', value, rows);
}

async function recordInPlace(
  { recorder }: RecordContext,
  kernel: string,
  value: ActivationView,
  rows: number,
): Promise<void> {
  const { width, stride, column } = value;
  await recorder.dispatch(kernel, {
    params: { rows, width, stride, column },
    bindings: { value: value.buffer },
    threads: rows * Math.ceil(width / COLUMNS_PER_THREAD),
    cost: 4 * rows * width,
  });
}

/** Records gate[rows, width] = silu(gate) · up in place of the gate. Both may be columns of one buffer. */
export async function recordSiluGate(
  { recorder }: RecordContext,
  gate: ActivationView,
  up: ActivationView,
  rows: number,
): Promise<void> {
  const fused = gate.buffer === up.buffer;
  const kernel = { module: 'runtime/siluGate', conditions: { fused } };
  const { width } = gate;
  await recorder.dispatch(kernel, {
    params: {
      rows,
      width,
      gateStride: gate.stride,
      gateColumn: gate.column,
      upStride: up.stride,
      upColumn: up.column,
    },
    bindings: { gate: gate.buffer, ...(!fused && { up: up.buffer }) },
    threads: rows * Math.ceil(width / COLUMNS_PER_THREAD),
    cost: 15 * rows * width,
  });
}
