import { exportedFeeds } from '../../../src/bench/onnx/exportedFeeds';
import { LabError, throwIfAborted } from '../../../src/base/errors';
import type { CrossCheckInput } from '../../../src/lab/crossCheck/input';
import { nodeRuntime } from '../../../src/platform/node/crossCheckRuntime';

/** Logits, and the program that computed them. */
export interface OtherLogits {
  name: string;
  logits: Float32Array;
}

/**
 * Runs an ONNX file that somebody else exported, by ONNX Runtime on the CPU: what the hub keeps beside many models as
 * `onnx/model.onnx`.
 * @param path of the file; weights it keeps in files of their own lie beside it
 * @throws LabError bad-file when ONNX Runtime cannot read or run it, unsupported for inputs of another task; Cancelled
 */
export async function onnxLogits(
  path: string,
  window: CrossCheckInput,
  signal?: AbortSignal,
): Promise<OtherLogits> {
  const { name, api, session: options } = await nodeRuntime();
  throwIfAborted(signal);
  const session = await guarded(path, () => api.InferenceSession.create(path, options));
  try {
    const feeds = exportedFeeds(api, session.inputMetadata, window);
    const output = session.outputNames.includes('logits') ? 'logits' : session.outputNames[0];
    const found = await guarded(path, () => session.run(feeds, [output]));
    throwIfAborted(signal);
    return { name, logits: floats(path, found[output].data) };
  } finally {
    await session.release();
  }
}

function floats(path: string, data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new LabError(
    'unsupported',
    `${path} does not give its logits as float32.`,
    'Use the float32 file of the model: onnx/model.onnx, none of the quantised ones beside it.',
  );
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError(
      'bad-file',
      `ONNX Runtime cannot run ${path}: ${reason.split('\n')[0].slice(0, 300)}`,
      'Check that it is the whole file, with the files of weights it names beside it.',
      error,
    );
  }
}
