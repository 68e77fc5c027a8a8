import { independentLogits } from '../../onnx/independent';
import type { OnnxRuntime } from '../../onnx/runtime';
import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import { exportModel } from '../../models/load/export';
import { gpuWeights } from '../../runtime/forward/weights';
import { logits } from '../../runtime/forward/logits';
import { inferenceAgreement, type InferenceAgreement } from './inference';
import { crossCheckFile, type FileAgreement } from './file';
import type { OtherReader } from './reader';
import type { CrossCheckSubject } from './subject';
import type { CrossCheckInput } from './input';

/** The results of other programs on one set of weights. */
export interface CrossCheck {
  loadedElsewhere: FileAgreement;
  /** Absent where the reader found no weights to run. */
  inferenceAgrees?: InferenceAgreement;
}

export interface CrossCheckOptions {
  signal?: AbortSignal;
  say?: (step: string) => void;
  /** Passes the file from writer to reader. Tests alter a weight here. */
  deliver?: (file: Uint8Array) => Uint8Array;
}

/**
 * Writes weights as a checkpoint in hub layout, has another reader read it and another program run what that reader found, and
 * compares with the same weights on our GPU.
 * @throws LabError unsupported when the other program cannot run the graph; Cancelled
 */
export async function crossCheck(
  gpu: Gpu,
  subject: CrossCheckSubject,
  window: CrossCheckInput,
  tools: { reader: OtherReader; runtime: OnnxRuntime },
  { signal, say = () => undefined, deliver = (file) => file }: CrossCheckOptions = {},
): Promise<CrossCheck> {
  const { reader, runtime } = tools;
  say(`writing a checkpoint for ${reader.name}`);
  const files = await exportModel(subject, signal);
  const loaded = await crossCheckFile(reader, deliver(files.get('model.safetensors')!), subject);
  if (!loaded.tensor) return { loadedElsewhere: loaded.outcome };
  throwIfAborted(signal);
  say(`running it in ${runtime.name}`);
  const { id, shape } = subject;
  const theirs = await runIndependently(runtime, { id, shape, tensor: loaded.tensor }, window, signal);
  say('running it here');
  const ours = await logits(gpu, shape, gpuWeights(subject.weights), window, signal);
  const inferenceAgrees = inferenceAgreement(runtime.name, ours, theirs, shape.program.head.outputs);
  return { loadedElsewhere: loaded.outcome, inferenceAgrees };
}

async function runIndependently(
  runtime: OnnxRuntime,
  model: Parameters<typeof independentLogits>[1],
  { dims, values }: CrossCheckInput,
  signal?: AbortSignal,
): Promise<Float32Array> {
  try {
    const { session } = runtime;
    return (await independentLogits(runtime.api, model, { shape: dims, values }, { session, signal })).values;
  } catch (error) {
    if (error instanceof LabError || error instanceof Cancelled) throw error;
    throw new LabError(
      'unsupported',
      `${runtime.name} could not run ${model.id}: ${error instanceof Error ? error.message : String(error)}`,
      'Close what else uses memory, or check a smaller model.',
      error,
    );
  }
}
