import { independentLogits } from '../../bench/onnx/independent';
import type { InferenceSession, OrtApi } from '../../bench/peer/runtime';
import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import { exportModel } from '../../models/load/export';
import { logits } from '../../runtime/forward/logits';
import { inferenceOutcome, type InferenceAgrees } from './inference';
import { loadElsewhere, type LoadedElsewhere } from './loaded';
import type { OtherReader } from './reader';
import type { Subject } from './subject';
import type { Window } from './window';

/** A program that runs models and is not ours. */
export interface OtherRuntime {
  /** Package and version, for the record. */
  name: string;
  api: OrtApi;
  /** Options that keep it off our GPU. */
  session: InferenceSession.SessionOptions;
}

/** What others made of one set of weights. */
export interface Outcome {
  loadedElsewhere: LoadedElsewhere;
  /** Absent where the reader found no weights to run. */
  inferenceAgrees?: InferenceAgrees;
}

export interface CheckOptions {
  signal?: AbortSignal;
  say?: (step: string) => void;
  /** Stands between writing the file and reading it: tests alter a weight there. */
  deliver?: (file: Uint8Array) => Uint8Array;
}

/**
 * Writes weights as a checkpoint in hub layout, has another reader read it and another program run what that reader found, and
 * compares with the same weights on our GPU.
 * @throws LabError unsupported when the other program cannot run the graph; Cancelled
 */
export async function checkElsewhere(
  gpu: Gpu,
  subject: Subject,
  window: Window,
  tools: { reader: OtherReader; runtime: OtherRuntime },
  { signal, say = () => undefined, deliver = (file) => file }: CheckOptions = {},
): Promise<Outcome> {
  const { reader, runtime } = tools;
  say(`writing a checkpoint for ${reader.name}`);
  const files = await exportModel(subject, signal);
  const loaded = await loadElsewhere(reader, deliver(files.get('model.safetensors')!), subject);
  if (!loaded.tensor) return { loadedElsewhere: loaded.outcome };
  throwIfAborted(signal);
  say(`running it in ${runtime.name}`);
  const { id, shape } = subject;
  const theirs = await runElsewhere(runtime, { id, shape, tensor: loaded.tensor }, window, signal);
  say('running it here');
  const ours = await logits(gpu, shape, subject.weights, window, signal);
  const inferenceAgrees = inferenceOutcome(runtime.name, ours, theirs, shape.program.head.outputs);
  return { loadedElsewhere: loaded.outcome, inferenceAgrees };
}

async function runElsewhere(
  runtime: OtherRuntime,
  model: Parameters<typeof independentLogits>[1],
  { dims, values }: Window,
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
