import type { BenchContext } from '../context';
import { recordedCandidate } from '../recorded';
import { benchValues, compareResults } from '../reference';
import type { BenchCase } from '../types';

/** A size above the last-level cache of most processors and small enough for every device. */
const COPY_BYTES = 32 * 2 ** 20;

/** Returns a device-to-device copy, whose bandwidth limits kernels with few operations per byte. */
export function copyCase(context: BenchContext, bytes = COPY_BYTES): BenchCase {
  const { gpu } = context;
  return {
    name: 'copy on the device',
    shape: `${bytes / 2 ** 20} MiB`,
    unit: 'GB/s',
    // Read once, written once.
    work: 2 * bytes,
    ours: () =>
      recordedCandidate(context, async (recorder, scope) => {
        const values = benchValues(bytes / 4, 21);
        const source = scope.upload(values, 'copy source');
        const target = scope.allocate(bytes, 'copy target');
        recorder.copy({ label: 'copy', source, sourceOffset: 0, target, targetOffset: 0, bytes });
        return {
          verify: async () =>
            compareResults(new Float32Array(await gpu.stream.read(target)), values, 0, 'every value equal'),
        };
      }),
  };
}
