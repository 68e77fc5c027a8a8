import type { Artefact } from '../../artefact/read';
import { packedWeights } from '../../artefact/weights';
import type { Gpu } from '../../gpu/gpu';
import type { Model } from '../../models/model';
import { emitModel } from '../../onnx/emit';
import type { OnnxRuntime } from '../../onnx/runtime';
import { floatTensor, GraphSession } from '../../onnx/session';
import type { EmittableModel } from '../../onnx/weights';
import { Forward } from '../../runtime/forward/forward';
import { gpuWeights, type OwnedWeights } from '../../runtime/forward/weights';
import { wholeView } from '../../runtime/ops/context';
import { fitsGraph, restoredInMemory } from '../generate/decoder';
import { requireGpu, type Lab } from '../lab';

/** Classifies images one by one. */
export interface Classifier {
  /** Bytes of GPU memory that weights and activations take; absent if the CPU runs them. */
  gpuBytes?: number;
  /** Returns the logits of an image. @param pixels normalised, [channels, size, size] */
  classify(pixels: Float32Array, signal?: AbortSignal): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Opens a float model or, if there is one, the weights that an artefact restores to, where the lab measures: on the GPU with linear
 * layers straight from packed codes where the codec has them, or by ONNX Runtime on the CPU with float32 weights.
 * @throws LabError no-webgpu for weights that the CPU's runtime cannot hold; Cancelled. Nothing stays allocated then.
 */
export async function openClassifier(
  lab: Lab,
  model: Model,
  artefact: Artefact | undefined,
  signal?: AbortSignal,
): Promise<Classifier> {
  const { cpu, processor } = lab;
  if (cpu && fitsGraph(cpu, model.shape))
    return cpuClassifier(cpu, artefact ? await restoredInMemory(processor, artefact, signal) : model, signal);
  const gpu = requireGpu(lab, 'Classifying images with so many weights');
  const weights = artefact
    ? await packedWeights(processor, artefact, signal)
    : await processor.load(model, signal);
  try {
    return await gpuClassifier(gpu, model, weights, signal);
  } catch (error) {
    weights.dispose();
    throw error;
  }
}

async function gpuClassifier(
  gpu: Gpu,
  { shape }: Model,
  weights: OwnedWeights,
  signal?: AbortSignal,
): Promise<Classifier> {
  const { outputs } = shape.program.head;
  const before = gpu.buffers.liveBytes;
  const forward = await Forward.create(gpu, shape, gpuWeights(weights), { sequences: 1, length: 1, signal });
  const recorder = gpu.recorder();
  const scope = gpu.buffers.scope();
  const release = (): void => {
    scope.dispose();
    recorder.dispose();
    forward.dispose();
  };
  try {
    const logits = scope.allocate(4 * outputs, 'logits');
    await forward.recordHead(recorder, wholeView(logits, outputs));
    await gpu.buffers.settled();
    return {
      gpuBytes: weights.bytes + gpu.buffers.liveBytes - before,
      async classify(pixels, signal) {
        await forward.run(pixels, signal);
        return new Float32Array(await gpu.stream.runAndRead(recorder.commands, logits, { signal }));
      },
      dispose() {
        release();
        weights.dispose();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function cpuClassifier(
  cpu: OnnxRuntime,
  model: EmittableModel,
  signal?: AbortSignal,
): Promise<Classifier> {
  const { channels, size } = model.shape.image!;
  const session = await GraphSession.open(cpu, await emitModel(model, 1, signal));
  const { input, output } = session.graph;
  return {
    async classify(pixels) {
      const found = await session.run({ [input]: floatTensor(cpu, pixels, [1, channels, size, size]) });
      return (await found[output].getData()) as Float32Array;
    },
    dispose: () => void session.release(),
  };
}
