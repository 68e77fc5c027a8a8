import type { GpuJob } from '../gpuJob';

/** Packs `count` values of one word each into a little-endian bitstream of `bits` each, padded to 4 bytes. */
export async function recordPacked(
  { scope, dispatch }: GpuJob,
  values: GPUBuffer,
  count: number,
  bits: number,
): Promise<GPUBuffer> {
  const words = Math.ceil((count * bits) / 32);
  const out = scope.allocate(4 * words, 'packed');
  await dispatch('codecs/kit/uniformGrid/pack', {
    params: { count, words, bits },
    bindings: { values, out },
    threads: words,
    cost: 4 * count,
  });
  return out;
}
