import type { GpuJob } from '../gpuJob';
import { byteWindow, type PartSpan, type Span } from '../spans';

/** A stored codebook and its indices, and the float16 scales of groups along the rows if there are any. */
export interface StoredVectors {
  dimension: number;
  bits: number;
  indices: Uint8Array;
  /** [clusters, dimension] */
  codebook: Float32Array;
  scales?: { bytes: Uint8Array; columns: number; group: number; groupsPerRow: number };
}

/** Records writing the centroids of a span, times their scales, into the target, or adding them to what it holds. */
export async function recordVectors(
  { scope, dispatch }: GpuJob,
  stored: StoredVectors,
  { part, first, offset, count }: PartSpan,
  add: boolean,
): Promise<void> {
  const { dimension, bits, codebook } = stored;
  const firstBit = Math.floor(first / dimension) * bits;
  const endBit = Math.ceil((first + count) / dimension) * bits;
  const firstByte = Math.floor(firstBit / 8);
  const indices = byteWindow(stored.indices, firstByte, Math.ceil(endBit / 8) - firstByte);
  const scales = scaleWindow(stored, { first, count });
  await dispatch('codecs/kit/kMeans/decode', {
    params: {
      count,
      first,
      offset,
      dimension,
      bits,
      firstBit: firstBit - 8 * (firstByte - indices.shift),
      add: Number(add),
      ...scales.params,
    },
    bindings: {
      indices: scope.upload(indices.bytes, 'indices'),
      codebook: scope.upload(codebook, 'codebook'),
      scales: scope.upload(scales.bytes, 'scales'),
      out: part.buffer,
    },
    threads: count,
    cost: 24 * count,
  });
}

function scaleWindow({ scales }: StoredVectors, span: Span) {
  if (!scales)
    return {
      bytes: new Uint8Array(4),
      params: { scaled: 0, columns: 1, group: 1, groupsPerRow: 1, firstScale: 0 },
    };
  const { columns, group, groupsPerRow } = scales;
  const groupOf = (element: number) =>
    Math.floor(element / columns) * groupsPerRow + Math.floor((element % columns) / group);
  const first = groupOf(span.first);
  const halves = groupOf(span.first + span.count - 1) + 1 - first;
  const { bytes, shift } = byteWindow(scales.bytes, 2 * first, 2 * halves);
  return { bytes, params: { scaled: 1, columns, group, groupsPerRow, firstScale: first - shift / 2 } };
}
