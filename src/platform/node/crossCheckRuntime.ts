import { LabError } from '../../base/errors';
import type { OtherRuntime } from '../../lab/crossCheck/crossCheck';

/**
 * onnxruntime-node on its own CPU kernels: no GPU takes part.
 * @throws LabError unsupported with what to install
 */
export async function nodeRuntime(): Promise<OtherRuntime> {
  const ort = await import('onnxruntime-node').catch((error: unknown) => {
    throw new LabError(
      'unsupported',
      `ONNX Runtime (onnxruntime-node), which runs the weights a second time, could not be loaded: ${String(error)}`,
      'Run `npm install`; it is a development dependency.',
      error,
    );
  });
  return {
    name: `onnxruntime-node ${ort.env.versions.node ?? ''} (CPU)`,
    api: ort,
    session: { executionProviders: ['cpu'], logSeverityLevel: 3 },
  };
}
