import { throwIfAborted } from '../base/errors';
import type { ModelShape } from '../models/architecture';
import { patchImages } from '../models/image/patches';
import { emitModel, type EmittedModel } from '../onnx/emit';
import type { OnnxRuntime } from '../onnx/runtime';
import { conditionFeeds } from '../onnx/conditions';
import { timeFeeds } from '../onnx/timeRounding';
import { floatTensor, GraphSession } from '../onnx/session';
import type { EmittableModel } from '../onnx/weights';
import type { Denoiser, NoisyImages } from './denoiser';

/** Runs a diffusion model on the CPU by ONNX Runtime. */
export class OnnxDenoiser implements Denoiser {
  readonly shape: ModelShape;
  private readonly runtime: OnnxRuntime;
  private readonly session: GraphSession<EmittedModel>;
  private readonly rounding: EmittableModel['inputRounding'];

  private constructor(runtime: OnnxRuntime, model: EmittableModel, session: GraphSession<EmittedModel>) {
    this.runtime = runtime;
    this.shape = model.shape;
    this.rounding = model.inputRounding;
    this.session = session;
  }

  /** Loads the model's graph. @throws LabError limit over 2 GiB, unsupported with what the runtime says; Cancelled */
  static async create(
    runtime: OnnxRuntime,
    model: EmittableModel,
    signal?: AbortSignal,
  ): Promise<OnnxDenoiser> {
    const graph = await emitModel(model, model.shape.image!.tokens, signal);
    return new OnnxDenoiser(runtime, model, await GraphSession.open(runtime, graph));
  }

  async predict(images: NoisyImages, signal?: AbortSignal): Promise<Float64Array> {
    const { runtime, shape, session, rounding } = this;
    const { pixels, count } = images;
    const { channels, size } = shape.image!;
    const { logits } = await session.run({
      pixel_values: floatTensor(runtime, pixels, [count, channels, size, size]),
      ...conditionFeeds(runtime, shape, images),
      ...timeFeeds(runtime, rounding, images.timesteps),
    });
    throwIfAborted(signal);
    return patchImages(logits.data as Float32Array, shape);
  }

  dispose(): void {
    void this.session.release();
  }
}
