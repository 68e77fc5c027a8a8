import { exportedFeeds } from '../../../src/onnx/exportedFeeds';
import { LabError, throwIfAborted } from '../../../src/base/errors';
import type { CrossCheckInput } from '../../../src/lab/crossCheck/input';
import { nodeRuntime } from '../../../src/platform/node/onnxRuntime';

/** Logits, and the name of the program that computed them. */
export interface ExternalLogits {
  name: string;
  logits: Float32Array;
}

/**
 * Runs an ONNX file that another program exported with ONNX Runtime on the CPU. Many models on the hub have one at
 * `onnx/model.onnx`.
 * @param path path of the file; its external weight files are read from the same folder
 * @throws LabError bad-file when ONNX Runtime cannot read or run it, unsupported for inputs of another task; Cancelled
 */
export async function onnxLogits(
  path: string,
  window: CrossCheckInput,
  signal?: AbortSignal,
): Promise<ExternalLogits> {
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
    `${path} does not return its logits as float32.`,
    'Use the float32 file of the model (onnx/model.onnx) and not one of the quantised files beside it.',
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
      'Check that the file is complete and that its external weight files are in the same folder.',
      error,
    );
  }
}
