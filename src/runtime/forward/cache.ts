import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { ModelShape } from '../../models/architecture';
import { checkActivation } from '../linear/dense/dense';
import type { LayerCache } from './gpuOps';

/**
 * Allocates the float32 keys and values of every attention layer for up to `capacity` tokens of each sequence.
 * @throws LabError limit when the keys of a layer exceed one binding
 */
export function allocateCache(
  gpu: Gpu,
  scope: BufferScope,
  shape: ModelShape,
  capacity: number,
  sequences = 1,
): LayerCache[] {
  return shape.cacheWidths.map((width, layer) => {
    const bytes = 4 * sequences * capacity * width;
    checkActivation(gpu, `key cache of layer ${layer}`, bytes);
    return {
      key: scope.allocate(bytes, `keys ${layer}`),
      value: scope.allocate(bytes, `values ${layer}`),
      capacity,
    };
  });
}
