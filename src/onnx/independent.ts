import { throwIfAborted } from '../base/errors';
import type { InferenceSession, OrtApi } from './runtime';
import { emitModel } from './emit';
import type { EmittableModel } from './weights';

export interface IndependentOptions {
  /** Session options; by default ONNX Runtime uses its CPU kernels. */
  session?: InferenceSession.SessionOptions;
  signal?: AbortSignal;
}

export interface Logits {
  /** Shape [batch, time, vocabulary], or [batch, classes] for images. */
  shape: readonly number[];
  values: Float32Array;
}

/**
 * Returns the logits of a model computed by another runtime. The model is written as an ONNX graph of standard operators and
 * run there, so our kernels are not involved.
 * @param input token ids [batch, time], or normalised pixels [batch, channels, size, size]
 */
export async function independentLogits(
  ort: OrtApi,
  model: EmittableModel,
  input: { shape: readonly number[]; values: ArrayLike<number> },
  options: IndependentOptions = {},
): Promise<Logits> {
  const emitted = await emitModel(model, input.shape[1], options.signal);
  const session = await ort.InferenceSession.create(emitted.bytes, options.session ?? {});
  try {
    throwIfAborted(options.signal);
    const tensor =
      emitted.input === 'input_ids'
        ? new ort.Tensor('int64', BigInt64Array.from(Array.from(input.values, BigInt)), input.shape)
        : new ort.Tensor('float32', Float32Array.from(input.values), input.shape);
    const { logits } = await session.run({ [emitted.input]: tensor });
    return { shape: logits.dims, values: (await logits.getData()) as Float32Array };
  } finally {
    await session.release();
  }
}
