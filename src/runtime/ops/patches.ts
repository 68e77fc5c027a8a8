import type { ActivationView } from '../linear/linear';
import type { DenseMatrix } from '../linear/matrix';
import type { RecordContext } from './context';

export interface ImageLayout {
  images: number;
  channels: number;
  size: number;
  patch: number;
}

/** Records the gathering of pixels [images, channels, size, size] into out [images · patches, channels · patch²]. */
export async function recordGatherPatches(
  { recorder }: RecordContext,
  pixels: GPUBuffer,
  out: ActivationView,
  layout: ImageLayout,
): Promise<void> {
  const kernel = { module: 'runtime/patches', conditions: { gather: true } };
  const elements = layout.images * layout.channels * layout.size ** 2;
  await recorder.dispatch(kernel, {
    params: patchParams(layout, out),
    bindings: { input: pixels, out: out.buffer },
    threads: elements,
    cost: 8 * elements,
  });
}

/** Records out [images · (1 + patches), width] = the class token and the projected patches [images · patches, width]. */
export async function recordPlacePatches(
  { recorder }: RecordContext,
  projected: GPUBuffer,
  classToken: DenseMatrix,
  out: ActivationView,
  layout: ImageLayout,
): Promise<void> {
  const kernel = { module: 'runtime/patches', conditions: { place: true } };
  const elements = layout.images * (1 + (layout.size / layout.patch) ** 2) * out.width;
  await recorder.dispatch(kernel, {
    params: patchParams(layout, out),
    bindings: { input: projected, classToken: classToken.parts[0].buffer, out: out.buffer },
    threads: elements,
    cost: 4 * elements,
  });
}

function patchParams({ images, channels, size, patch }: ImageLayout, out: ActivationView) {
  return {
    ...{ images, channels, size, patchSize: patch },
    width: out.width,
    outStride: out.stride,
    outColumn: out.column,
  };
}
