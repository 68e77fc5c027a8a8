import { maxDispatchCost } from '../../gpu/dispatchCost';
import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext } from '../../runtime/ops/context';
import { checkGradient } from './product';

/** The backward pass of an embedding, which gathers rows of a table. */
export interface EmbedBackwardCall {
  /** Ids, u32 [rows]. */
  ids: GPUBuffer;
  /** dL/d of the gathered rows, [rows, width]. */
  dy: ActivationView;
  /** The table's gradient, float32 [vocabulary, width], to which this adds. */
  dTable: GPUBuffer;
  rows: number;
  /** Ids that are not below this add nothing. */
  vocabulary: number;
}

/**
 * Records dTable[ids[t]] += dy[t]. One thread per column sums the occurrences of a token in the order of the text, without
 * atomics, so that the result is deterministic.
 * @throws LabError limit when dTable exceeds one binding
 */
export async function recordEmbedBackward(
  context: RecordContext,
  { ids, dy, dTable, rows, vocabulary }: EmbedBackwardCall,
): Promise<void> {
  const { gpu, recorder } = context;
  checkGradient(gpu, dTable);
  const links = recorder.scratch(8 * rows, 'positions of tokens');
  await recordLinks(context, ids, links, rows);
  const { width } = dy;
  await recorder.dispatch('train/embedBackward', {
    params: { tokens: rows, width, vocabulary, dyStride: dy.stride, dyColumn: dy.column },
    bindings: { ids, links, dy: dy.buffer, dTable },
    threads: rows * Math.ceil(width / 4),
    cost: 4 * rows * width,
  });
}

/** Records the search for the previous and the next occurrence of each token, which scans the whole text at worst. */
async function recordLinks(
  { gpu, recorder }: RecordContext,
  ids: GPUBuffer,
  links: GPUBuffer,
  tokens: number,
): Promise<void> {
  const perDispatch = Math.max(1, Math.floor(maxDispatchCost(gpu) / (2 * tokens)));
  for (let first = 0; first < tokens; first += perDispatch) {
    const last = Math.min(tokens, first + perDispatch);
    await recorder.dispatch('train/embedLinks', {
      params: { tokens, first, last },
      bindings: { ids, links },
      threads: last - first,
      cost: 2 * (last - first) * tokens,
    });
  }
}
