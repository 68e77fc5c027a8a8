import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { ModelShape } from '../models/architecture';
import { patchImages } from '../models/image/patches';
import { Forward, maxSequences } from '../runtime/forward/forward';
import type { WeightsByName } from '../runtime/forward/weights';
import { checkActivation } from '../runtime/linear/dense/dense';
import { wholeView } from '../runtime/ops/context';
import type { Denoiser, NoisyImages } from './denoiser';

/** Runs a diffusion model on the GPU. One recording is replayed for every batch. */
export class GpuDenoiser implements Denoiser {
  readonly shape: ModelShape;
  private readonly gpu: Gpu;
  private readonly forward: Forward;
  private readonly batch: number;
  private readonly head: Recorder;
  private readonly rows: GPUBuffer;

  private constructor(gpu: Gpu, shape: ModelShape, forward: Forward, batch: number, rows: GPUBuffer) {
    this.gpu = gpu;
    this.shape = shape;
    this.forward = forward;
    this.batch = batch;
    this.rows = rows;
    this.head = gpu.recorder();
  }

  /**
   * Records the pass. The caller keeps ownership of the weights.
   * @param images number of images that are usually denoised together
   * @throws LabError limit if an activation of one image exceeds a binding; Cancelled
   */
  static async create(
    gpu: Gpu,
    shape: ModelShape,
    weights: WeightsByName,
    images: number,
    signal?: AbortSignal,
  ): Promise<GpuDenoiser> {
    const batch = Math.min(images, maxSequences(gpu, shape, 0));
    const { outputs } = shape.program.head;
    const forward = await Forward.create(gpu, shape, weights, { sequences: batch, length: 0, signal });
    const bytes = 4 * forward.rows * outputs;
    try {
      checkActivation(gpu, 'predicted noise', bytes);
    } catch (error) {
      forward.dispose();
      throw error;
    }
    const rows = gpu.buffers.allocate(bytes, 'predicted noise');
    const denoiser = new GpuDenoiser(gpu, shape, forward, batch, rows);
    try {
      await forward.recordHead(denoiser.head, wholeView(rows, outputs));
      return denoiser;
    } catch (error) {
      denoiser.dispose();
      throw error;
    }
  }

  async predict(images: NoisyImages, signal?: AbortSignal): Promise<Float64Array> {
    const noise = new Float64Array(images.pixels.length);
    const perImage = images.pixels.length / images.count;
    for (let first = 0; first < images.count; first += this.batch) {
      const count = Math.min(this.batch, images.count - first);
      const predicted = await this.predictBatch(images, first, count, signal);
      noise.set(predicted.subarray(0, count * perImage), first * perImage);
    }
    return noise;
  }

  private async predictBatch(
    { pixels, timesteps, labels, count: all }: NoisyImages,
    first: number,
    count: number,
    signal?: AbortSignal,
  ): Promise<Float64Array> {
    const perImage = pixels.length / all;
    const padded = new Float32Array(this.batch * perImage);
    padded.set(pixels.subarray(first * perImage, (first + count) * perImage));
    const ofBatch = (values: ArrayLike<number>) =>
      Array.from({ length: this.batch }, (_, i) => (i < count ? values[first + i] : 0));
    await this.forward.run(padded, signal, { timesteps: ofBatch(timesteps), labels: ofBatch(labels) });
    await this.gpu.stream.run(this.head.commands, signal);
    const bytes = 4 * this.forward.rows * this.shape.program.head.outputs;
    return patchImages(new Float32Array(await this.gpu.stream.read(this.rows, bytes)), this.shape);
  }

  dispose(): void {
    this.head.dispose();
    this.gpu.buffers.release(this.rows);
    this.forward.dispose();
  }
}
