import type { CodecContext } from '../../contract/codec';
import type { GpuJob } from '../gpuJob';
import { threadGroups } from '../spans';

/** Packs `count` values of one word each into a little-endian bitstream of `bits` each, padded to 4 bytes. */
export async function recordPacked(
  { scope, recorder }: GpuJob,
  { gpu }: CodecContext,
  values: GPUBuffer,
  count: number,
  bits: number,
): Promise<GPUBuffer> {
  const words = Math.ceil((count * bits) / 32);
  const out = scope.allocate(4 * words, 'packed');
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/uniformGrid/pack' }), {
    params: { count, words, bits },
    bindings: { values, out },
    workgroups: threadGroups(words),
    cost: 4 * count,
  });
  return out;
}
