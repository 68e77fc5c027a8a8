import { invariant } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import { inverseScale, type TimeRounding } from '../../models/inputRounding';
import { wholeView } from '../ops/context';
import { DenseWeight } from './dense/dense';
import type { ActivationView, LinearCall, LinearWeight } from './linear';
import type { DenseMatrix } from './matrix';

/** Estimated operations per element. */
const ROUNDING_COST = 30;

/**
 * Makes a layer that rounds its input by the time step (shaders/linear/roundByTime.wgsl) and multiplies it by dense weights, of which it takes
 * ownership.
 */
export function timedLinear(gpu: Gpu, matrix: DenseMatrix, rounding: TimeRounding): LinearWeight {
  const weight = new DenseWeight(gpu, matrix);
  const { rows, columns } = weight;
  const table = gpu.buffers.upload(tableOf(rounding), 'time groups');
  return {
    ...{ rows, columns, bytes: weight.bytes + table.size },
    record: async (call) =>
      weight.record({ ...call, x: await recordRounding(call, columns, rounding, table) }),
    dispose() {
      gpu.buffers.release(table);
      weight.dispose();
    },
  };
}

/** The table as the kernel reads it. */
function tableOf({ times }: TimeRounding): Uint32Array {
  const words = new Uint32Array(4 * times.length);
  const floats = new Float32Array(words.buffer);
  times.forEach((group, i) => {
    words.set([group.start, group.zeroPoint], 4 * i);
    floats.set([group.scale, inverseScale(group)], 4 * i + 2);
  });
  return words;
}

async function recordRounding(
  { recorder, x, rows, times }: LinearCall,
  columns: number,
  { times: groups, maxCode }: TimeRounding,
  table: GPUBuffer,
): Promise<ActivationView> {
  invariant(times, 'a layer rounds by the time step, and its input has none');
  const count = rows * columns;
  const out = recorder.scratch(4 * count, 'activations rounded by time');
  await recorder.dispatch('linear/roundByTime', {
    params: {
      ...{ count, columns, xStride: x.stride, xColumn: x.column },
      ...{ rowsPerImage: times.rowsPerImage, groups: groups.length, maxCode },
    },
    bindings: { x: x.buffer, times: times.buffer, table, out },
    threads: count,
    cost: ROUNDING_COST * count,
  });
  return wholeView(out, columns);
}
