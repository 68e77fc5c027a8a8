import { independentLogits } from '../../onnx/independent';
import type { OnnxRuntime } from '../../onnx/runtime';
import type { Compute } from '../../evaluate/engine';
import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import { exportModel } from '../../models/load/export';
import { inferenceAgreement, type InferenceAgreement } from './inference';
import type { Lab } from '../lab';
import { ownRuntime } from './ownLogits';
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
  /** What ran the model when it was measured: the outcome names the runtime that did not. Default: the GPU. */
  measuredOn?: Compute;
  say?: (step: string) => void;
  /** Passes the file from writer to reader. Tests alter a weight here. */
  deliver?: (file: Uint8Array) => Uint8Array;
}

/**
 * Writes weights as a checkpoint in hub layout, has another reader read it and another program run what that reader found, and
 * compares with the same weights in our own code: on an adapter that passes its self-check, or by the float64 reference.
 * @throws LabError unsupported when the other program cannot run the graph; Cancelled
 */
export async function crossCheck(
  lab: Lab,
  subject: CrossCheckSubject,
  window: CrossCheckInput,
  tools: { reader: OtherReader; runtime: OnnxRuntime },
  { signal, say = () => undefined, deliver = (file) => file, measuredOn = 'gpu' }: CrossCheckOptions = {},
): Promise<CrossCheck> {
  const { reader, runtime } = tools;
  say(`writing a checkpoint for ${reader.name}`);
  const files = await exportModel(subject, signal);
  const loaded = await crossCheckFile(reader, deliver(files.get('model.safetensors')!), subject);
  if (!loaded.tensor) return { loadedElsewhere: loaded.outcome };
  throwIfAborted(signal);
  const { id, shape } = subject;
  const own = await ownRuntime(lab, subject, signal);
  const input = own.fit(window);
  say(`running it in ${runtime.name}`);
  const theirs = await runIndependently(runtime, { id, shape, tensor: loaded.tensor }, input, signal);
  say(`running it in ${own.name}`);
  const ours = await own.logits(input, signal);
  const { name } = measuredOn === 'cpu' ? own : runtime;
  const inferenceAgrees = inferenceAgreement(name, ours, theirs, shape.program.head.outputs);
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
