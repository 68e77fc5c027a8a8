import type { EncodeWork } from '../../../contract/codec';
import { addWork, timesWork } from '../../../contract/work';
import type { AqlmLayout } from './layout';
import { GRADIENT_STEPS, KMEANS_ROUNDS } from './schedule';

/** Estimates the work of k-means for each codebook, then of beam search for codes and conjugate gradients for codebooks in turn. */
export function aqlmWork(layout: AqlmLayout): EncodeWork {
  const { codebooks, iterations, weighted } = layout;
  const start = timesWork(
    codebooks * KMEANS_ROUNDS,
    addWork(residual(layout), sweep(layout, 1, false), sums(layout, 1)),
  );
  const codes = addWork(residual(layout), sweep(layout, codebooks, weighted));
  const gradient = addWork(residual(layout), project(layout), sums(layout, codebooks));
  const rest = addWork(
    timesWork(iterations + 1, codes),
    timesWork(iterations * (1 + GRADIENT_STEPS), gradient),
  );
  return addWork(start, rest, { gpu: 0, dispatches: 8, waits: 3 + Number(weighted) });
}

function residual({ rows, padded, codebooks }: AqlmLayout): EncodeWork {
  return { gpu: 4 * rows * padded * codebooks, dispatches: 1, waits: 0 };
}

function project({ rows, columns, padded, weighted }: AqlmLayout): EncodeWork {
  return { gpu: weighted ? 2 * rows * columns * padded : 0, dispatches: Number(weighted), waits: 0 };
}

/** Beam search over all groups; with the Gram matrix as metric, one group after the other. */
function sweep(layout: AqlmLayout, books: number, weighted: boolean): EncodeWork {
  const { rows, groups, entries, size, beams, codebooks } = layout;
  const searched = 2 * rows * groups * entries * (size + 2) * (1 + (books - 1) * beams);
  const norms = 2 * codebooks * entries * size * size;
  if (!weighted) return { gpu: searched + norms, dispatches: 2, waits: 0 };
  return { gpu: searched + groups * norms + project(layout).gpu, dispatches: 3 * groups, waits: 0 };
}

/** Sums by entry. */
function sums({ rows, groups, entries }: AqlmLayout, books: number): EncodeWork {
  return { gpu: 2 * rows * groups * entries * books, dispatches: 3, waits: 0 };
}
