import { maxDispatchCost } from '../../gpu/dispatchCost';
import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext } from '../../runtime/ops/context';
import { checkGradient } from './product';

/** Gathered rows of a table backwards. */
export interface EmbedBackwardCall {
  /** u32 [rows] */
  ids: GPUBuffer;
  /** [rows, width] */
  dy: ActivationView;
  /** float32 [vocabulary, width]; adds to it. */
  dTable: GPUBuffer;
  rows: number;
  /** Ids from here on add nothing. */
  vocabulary: number;
}

/**
 * Records dTable[ids[t]] += dy[t]. A token that occurs several times is summed in the order of the text, by one thread per
 * column and without atomics: the same result each time.
 * @throws LabError limit when dTable exceeds one binding
 */
export async function recordEmbedBackward(
  context: RecordContext,
  { ids, dy, dTable, rows, vocabulary }: EmbedBackwardCall,
): Promise<void> {
  const { gpu, recorder } = context;
  checkGradient(gpu, dTable);
  const links = recorder.scratch(8 * rows, 'places of tokens');
  await recordLinks(context, ids, links, rows);
  const { width } = dy;
  await recorder.dispatch('train/embedBackward', {
    params: { tokens: rows, width, vocabulary, dyStride: dy.stride, dyColumn: dy.column },
    bindings: { ids, links, dy: dy.buffer, dTable },
    threads: rows * Math.ceil(width / 4),
    cost: 4 * rows * width,
  });
}

/** Each token looks through the whole text at worst. */
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
