import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { CodecContext } from '../contract/codec';
import { gpuJob } from './gpuJob';

/** Reads the diagonal of a square matrix that is on the GPU, such as a Gram matrix. @throws Cancelled, LabError */
export function readDiagonal({ columns, parts }: DenseMatrix, context: CodecContext): Promise<Float32Array> {
  return gpuJob(context, async ({ scope, dispatch, run, readFloats }) => {
    const out = scope.allocate(4 * columns, 'diagonal');
    for (const { buffer, firstRow, rows } of parts)
      await dispatch('codecs/kit/diagonal', {
        params: { rows, firstRow, columns },
        bindings: { matrix: buffer, out },
        threads: rows,
        cost: rows,
      });
    await run();
    return readFloats(out, columns);
  });
}
