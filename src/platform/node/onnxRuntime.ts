import { LabError } from '../../base/errors';
import type { OnnxRuntime } from '../../onnx/runtime';

/**
 * Loads onnxruntime-node with its CPU kernels, which use no GPU.
 * @param threads by default as many as the runtime finds cores
 * @throws LabError unsupported if it is not installed
 */
export async function nodeRuntime(threads?: number): Promise<OnnxRuntime> {
  const ort = await import('onnxruntime-node').catch((error: unknown) => {
    throw new LabError(
      'unsupported',
      `ONNX Runtime (onnxruntime-node), which runs models on the CPU, could not be loaded: ${String(error)}`,
      'Run `npm install` to install it.',
      error,
    );
  });
  return {
    name: `onnxruntime-node ${ort.env.versions.node ?? ''} (CPU)`,
    api: ort,
    session: {
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
      ...(threads && { intraOpNumThreads: threads }),
      // The threads of a session would otherwise go on to spin after its run, in the way of those of the next session.
      extra: { session: { force_spinning_stop: '1' } },
    },
  };
}
