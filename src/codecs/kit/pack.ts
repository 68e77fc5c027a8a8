import { bitstreamBytes } from './bits';
import type { GpuJob } from './gpuJob';

/** Records packing `count` words below 2^bits into a bitstream (`bits.ts`). @returns the bitstream */
export async function recordPack(
  { scope, dispatch }: GpuJob,
  values: GPUBuffer,
  count: number,
  bits: number,
): Promise<GPUBuffer> {
  const out = scope.allocate(bitstreamBytes(count, bits), 'packed');
  const words = out.size / 4;
  await dispatch('codecs/kit/pack', {
    params: { count, words, bits },
    bindings: { values, out },
    threads: words,
    cost: 4 * count,
  });
  return out;
}
