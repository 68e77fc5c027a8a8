import type { ActivationView } from '../linear/linear';
import { groupsFor, type RecordContext } from './context';

/** Divisions by the width are dear, so a thread does a few columns (shaders/runtime). */
const COLUMNS_PER_THREAD = 4;

/** out[rows, width] += input[rows, width] */
export async function recordAdd(
  { gpu, recorder }: RecordContext,
  input: ActivationView,
  out: ActivationView,
  rows: number,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'runtime/add' });
  const { width } = out;
  recorder.dispatch(kernel, {
    params: {
      rows,
      width,
      inStride: input.stride,
      inColumn: input.column,
      outStride: out.stride,
      outColumn: out.column,
    },
    bindings: { input: input.buffer, out: out.buffer },
    workgroups: groupsFor(rows * Math.ceil(width / COLUMNS_PER_THREAD)),
    cost: 4 * rows * width,
  });
}

/** value[rows, width] = GELU(value), in place. */
export async function recordGelu(
  { gpu, recorder }: RecordContext,
  value: ActivationView,
  rows: number,
  form: 'tanh' | 'erf',
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'runtime/gelu', conditions: { erf: form === 'erf' } });
  const { width, stride, column } = value;
  recorder.dispatch(kernel, {
    params: { rows, width, stride, column },
    bindings: { value: value.buffer },
    workgroups: groupsFor(rows * Math.ceil(width / COLUMNS_PER_THREAD)),
    cost: 20 * rows * width,
  });
}

/** value[rows, width] = max(value, 0), in place. */
export async function recordRelu(
  { gpu, recorder }: RecordContext,
  value: ActivationView,
  rows: number,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'runtime/relu' });
  const { width, stride, column } = value;
  recorder.dispatch(kernel, {
    params: { rows, width, stride, column },
    bindings: { value: value.buffer },
    workgroups: groupsFor(rows * Math.ceil(width / COLUMNS_PER_THREAD)),
    cost: 4 * rows * width,
  });
}

/** gate[rows, width] = silu(gate) · up, in place of the gate; both may be columns of one buffer. */
export async function recordSiluGate(
  { gpu, recorder }: RecordContext,
  gate: ActivationView,
  up: ActivationView,
  rows: number,
): Promise<void> {
  const fused = gate.buffer === up.buffer;
  const kernel = await gpu.kernels.get({ module: 'runtime/siluGate', conditions: { fused } });
  const { width } = gate;
  recorder.dispatch(kernel, {
    params: {
      rows,
      width,
      gateStride: gate.stride,
      gateColumn: gate.column,
      upStride: up.stride,
      upColumn: up.column,
    },
    bindings: { gate: gate.buffer, ...(!fused && { up: up.buffer }) },
    workgroups: groupsFor(rows * Math.ceil(width / COLUMNS_PER_THREAD)),
    cost: 15 * rows * width,
  });
}
