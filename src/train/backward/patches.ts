import { checkActivation } from '../../runtime/linear/dense/dense';
import type { ActivationView } from '../../runtime/linear/linear';
import { wholeView, type RecordContext } from '../../runtime/ops/context';
import { recordGatherPatches, type ImageLayout } from '../../runtime/ops/patches';
import { recordColumnSums } from './columnSums';
import { recordWeightGradient } from './linear';

/** The backward pass of the patch embedding. Pixels have no gradient. */
export interface PatchesBackwardCall {
  /** Pixels, float32 [images, channels, size, size]. */
  pixels: GPUBuffer;
  /** dL/dout, [images · (1 + patches), width]. */
  dOut: ActivationView;
  /** Gradient of the weight, float32 [width, channels · patch²]. All gradients are added to. */
  dWeight: GPUBuffer;
  /** Gradient of the bias, float32 [width]. */
  dBias: GPUBuffer;
  /** Gradient of the class token, float32 [width]. */
  dClassToken: GPUBuffer;
  image: ImageLayout;
}

/**
 * Records the gradients of the class token, which is token 0 of each image, and of the linear layer over the patches.
 * @throws LabError limit when gathered patches or dWeight exceed one binding
 */
export async function recordPatchesBackward(
  context: RecordContext,
  { pixels, dOut, dWeight, dBias, dClassToken, image }: PatchesBackwardCall,
): Promise<void> {
  const patches = (image.size / image.patch) ** 2;
  const rows = image.images * patches;
  const gathered = scratch(context, rows, image.channels * image.patch ** 2, 'patches');
  await recordGatherPatches(context, pixels, gathered, image);
  const dPatches = scratch(context, rows, dOut.width, 'gradient of patches');
  await recordPatchTokens(context, dOut, dPatches.buffer, image.images, patches);
  await recordWeightGradient(context, dPatches, gathered, dWeight, rows);
  await recordColumnSums(context, dPatches, dBias, rows);
  const first = { ...dOut, stride: (1 + patches) * dOut.stride };
  await recordColumnSums(context, first, dClassToken, image.images);
}

/** Records out [images · patches, width] = the rows of dOut without those of the class tokens. */
async function recordPatchTokens(
  { recorder }: RecordContext,
  { buffer, stride, column, width }: ActivationView,
  out: GPUBuffer,
  images: number,
  patches: number,
): Promise<void> {
  await recorder.dispatch('train/patchTokens', {
    params: { images, patches, width, stride, column },
    bindings: { tokens: buffer, out },
    threads: images * patches * width,
    cost: 4 * images * patches * width,
  });
}

function scratch(
  { gpu, recorder }: RecordContext,
  rows: number,
  width: number,
  label: string,
): ActivationView {
  checkActivation(gpu, label, 4 * rows * width);
  return wholeView(recorder.scratch(4 * rows * width, label), width);
}
