import type { EncodeWork } from '../../../contract/codec';
import { kmeansWork } from '../../../kit/kMeans/work';
import type { VectorLayout } from './layout';

export function vqWork({ rows, columns, clustering }: VectorLayout): EncodeWork {
  const work = kmeansWork(rows * columns, clustering);
  return { ...work, dispatches: work.dispatches + 3, waits: work.waits + 1 };
}
