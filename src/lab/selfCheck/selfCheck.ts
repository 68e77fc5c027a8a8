import type { Gpu } from '../../gpu/gpu';
import { logits } from '../../runtime/forward/logits';
import { denseWeights } from '../../runtime/forward/weights';
import { INFERENCE_TOLERANCE, largestDifference } from '../crossCheck/inference';
import { adapterName, type GpuLab } from '../lab';
import type { SelfCheck } from '../results/record';

/** What each open device computed. It is not asked twice. */
const remembered = new WeakMap<Gpu, Promise<SelfCheck>>();

/**
 * Runs one window of the embedded stories260K through our forward pass on the adapter and compares it with what transformers
 * computes (expected.py). A browser or a driver may compile a shader to something that computes wrong numbers without any error.
 * The result is remembered for as long as the device is open.
 * @throws LabError if the model cannot be loaded, or the adapter cannot run it at all; Cancelled. Nothing is remembered then.
 */
export function selfCheck(lab: Pick<GpuLab, 'gpu' | 'openModel'>, signal?: AbortSignal): Promise<SelfCheck> {
  const known = remembered.get(lab.gpu);
  if (known) return known;
  const check = runCheck(lab, signal);
  remembered.set(lab.gpu, check);
  check.catch(() => remembered.delete(lab.gpu));
  return check;
}

async function runCheck(
  { gpu, openModel }: Pick<GpuLab, 'gpu' | 'openModel'>,
  signal?: AbortSignal,
): Promise<SelfCheck> {
  const { default: expected } = await import('./expected.json');
  const model = await openModel(expected.model, signal);
  const weights = await denseWeights(gpu, model, signal);
  try {
    const input = { values: Uint32Array.from(expected.ids), sequences: 1, length: expected.ids.length };
    const all = await logits(gpu, model.shape, weights, input, signal);
    const { outputs } = model.shape.program.head;
    const value = largestDifference(
      rowsOf(all, expected.positions, outputs),
      floats(expected.logits),
      outputs,
    );
    return { adapter: adapterName(gpu), value, agrees: value !== null && value <= INFERENCE_TOLERANCE };
  } finally {
    weights.dispose();
  }
}

/** Selects rows of a matrix [rows, width]. */
function rowsOf(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const selected = new Float32Array(rows.length * width);
  rows.forEach((row, i) => selected.set(values.subarray(row * width, (row + 1) * width), i * width));
  return selected;
}

/** Decodes little-endian float32 values from base64. */
function floats(base64: string): Float32Array {
  const view = new DataView(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
