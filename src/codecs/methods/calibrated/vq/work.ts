import type { EncodeWork, MatrixShape } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';
import { kmeansWork } from '../../../kit/kMeans/work';
import { vectorLayout } from './layout';

export function vqWork(shape: MatrixShape, options: CodecOptions): EncodeWork {
  const { clustering } = vectorLayout(shape, options);
  const work = kmeansWork(shape[0] * shape[1], clustering);
  return { ...work, dispatches: work.dispatches + 3, waits: work.waits + 1 };
}
