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

/** Operations of each function of shaders/runtime/activation.wgsl for one value, about. */
const ACTIVATION_COST = { relu: 4, silu: 4, tanh: 20, erf: 20 } as const;

/** Records value[rows, width] = GELU(value) in place. */
export async function recordGelu(
  context: RecordContext,
  value: ActivationView,
  rows: number,
  form: 'tanh' | 'erf',
): Promise<void> {
  await recordActivation(context, value, rows, form);
}

/** Records value[rows, width] = value · sigmoid(value) in place. */
export async function recordSilu(context: RecordContext, value: ActivationView, rows: number): Promise<void> {
  await recordActivation(context, value, rows, 'silu');
}

/** Records value[rows, width] = max(value, 0) in place. */
export async function recordRelu(context: RecordContext, value: ActivationView, rows: number): Promise<void> {
  await recordActivation(context, value, rows, 'relu');
}

async function recordActivation(
  { recorder }: RecordContext,
  value: ActivationView,
  rows: number,
  name: keyof typeof ACTIVATION_COST,
): Promise<void> {
  const { width, stride, column } = value;
  const names = Object.keys(ACTIVATION_COST);
  const conditions = Object.fromEntries(names.map((each) => [each, each === name]));
  await recorder.dispatch(
    { module: 'runtime/activation', conditions },
    {
      params: { rows, width, stride, column },
      bindings: { value: value.buffer },
      threads: rows * Math.ceil(width / COLUMNS_PER_THREAD),
      cost: ACTIVATION_COST[name] * rows * width,
    },
  );
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
