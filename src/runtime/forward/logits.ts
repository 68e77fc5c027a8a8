import type { Gpu } from '../../gpu/gpu';
import type { ModelShape } from '../../models/architecture';
import { checkActivation } from '../linear/dense/dense';
import { Forward } from './forward';
import { wholeView } from '../ops/context';
import type { WeightsByName } from './weights';

/** A batch of input with its sizes. */
export interface ModelInput {
  /** Ids [sequences · length], or pixels [sequences, channels, size, size]. */
  values: Uint32Array | Float32Array;
  sequences: number;
  /** Tokens per sequence; ignored for images. */
  length: number;
}

/**
 * Computes all logits and reads them back: [sequences · length, vocabulary], or [images, classes]. Runs one sequence at a
 * time, and the vocabulary in tiles that fit one binding.
 */
export async function logits(
  gpu: Gpu,
  shape: ModelShape,
  weights: WeightsByName,
  { values, sequences, length }: ModelInput,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const forward = await Forward.create(gpu, shape, weights, { sequences: 1, length, signal });
  try {
    const outputs = shape.program.head.outputs;
    const result = new Float32Array(sequences * forward.rows * outputs);
    const step = values.length / sequences;
    for (let s = 0; s < sequences; s++) {
      await forward.run(values.subarray(s * step, (s + 1) * step), signal);
      const first = s * forward.rows * outputs;
      await readHead(gpu, forward, outputs, result.subarray(first, first + forward.rows * outputs), signal);
    }
    return result;
  } finally {
    forward.dispose();
  }
}

/** Computes the logits of the last run into `result` [rows, outputs], tile by tile. */
async function readHead(
  gpu: Gpu,
  forward: Forward,
  outputs: number,
  result: Float32Array,
  signal?: AbortSignal,
): Promise<void> {
  const { rows } = forward;
  const width = Math.max(1, Math.min(outputs, Math.floor(gpu.maxBindingBytes / 4 / rows)));
  checkActivation(gpu, 'logits', 4 * rows * width);
  const tile = gpu.buffers.allocate(4 * rows * width, 'logits');
  try {
    for (let firstRow = 0; firstRow < outputs; firstRow += width) {
      const range = { firstRow, rows: Math.min(width, outputs - firstRow) };
      const recorder = gpu.recorder();
      try {
        await forward.recordHead(recorder, wholeView(tile, range.rows), range);
        await gpu.stream.run(recorder.commands, signal);
        scatter(new Float32Array(await gpu.stream.read(tile, 4 * rows * range.rows)), result, range, outputs);
      } finally {
        recorder.dispose();
      }
    }
  } finally {
    gpu.buffers.release(tile);
  }
}

function scatter(
  tile: Float32Array,
  result: Float32Array,
  range: { firstRow: number; rows: number },
  outputs: number,
): void {
  for (let row = 0; row * range.rows < tile.length; row++)
    result.set(tile.subarray(row * range.rows, (row + 1) * range.rows), row * outputs + range.firstRow);
}
