import { throwIfAborted } from '../base/errors';
import type { ModelShape } from '../models/architecture';
import { patchImages } from '../models/image/patches';
import { stepsOf } from '../models/program';
import { timeFeatures } from '../models/sinusoids';
import { emitModel, type EmittedModel } from '../onnx/emit';
import type { OnnxRuntime } from '../onnx/runtime';
import { floatTensor, GraphSession, integerTensor } from '../onnx/session';
import type { EmittableModel } from '../onnx/weights';
import type { Denoiser, NoisyImages } from './denoiser';

/** Runs a diffusion model on the CPU by ONNX Runtime. */
export class OnnxDenoiser implements Denoiser {
  readonly shape: ModelShape;
  private readonly runtime: OnnxRuntime;
  private readonly session: GraphSession<EmittedModel>;

  private constructor(runtime: OnnxRuntime, shape: ModelShape, session: GraphSession<EmittedModel>) {
    this.runtime = runtime;
    this.shape = shape;
    this.session = session;
  }

  /** Loads the model's graph. @throws LabError limit over 2 GiB, unsupported with what the runtime says; Cancelled */
  static async create(
    runtime: OnnxRuntime,
    model: EmittableModel,
    signal?: AbortSignal,
  ): Promise<OnnxDenoiser> {
    const graph = await emitModel(model, model.shape.image!.tokens, signal);
    return new OnnxDenoiser(runtime, model.shape, await GraphSession.open(runtime, graph));
  }

  async predict(images: NoisyImages, signal?: AbortSignal): Promise<Float64Array> {
    const { runtime, shape, session } = this;
    const { pixels, count, timesteps, labels } = images;
    const { channels, size } = shape.image!;
    const [{ out }] = stepsOf(shape.program, 'timeFeatures');
    const features = Array.from(timesteps, (t) => [...timeFeatures(t, out.width)]).flat();
    const { logits } = await session.run({
      pixel_values: floatTensor(runtime, pixels, [count, channels, size, size]),
      time_features: floatTensor(runtime, Float32Array.from(features), [count, 1, out.width]),
      class_labels: integerTensor(runtime, Uint32Array.from(labels), [count, 1]),
    });
    throwIfAborted(signal);
    return patchImages(logits.data as Float32Array, shape);
  }

  dispose(): void {
    void this.session.release();
  }
}
