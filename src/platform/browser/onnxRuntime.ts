import { LabError } from '../../base/errors';
import type { OnnxRuntime } from '../../onnx/runtime';

/** WebAssembly addresses 4 GiB, and the runtime copies weights into it beside their activations. */
export const MAX_WEIGHT_BYTES = 1 << 30;

/**
 * Loads ONNX Runtime Web with its WebAssembly kernels, which use no GPU. Its 14 MB are fetched only on the first call.
 * @throws LabError network if the files cannot be fetched
 */
export async function webRuntime(): Promise<OnnxRuntime> {
  try {
    const [ort, wasm] = await Promise.all([
      import('onnxruntime-web/wasm'),
      import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
    ]);
    ort.env.wasm.numThreads = threads();
    // The binary is fetched here, because the runtime cannot be started again after it failed to fetch it.
    ort.env.wasm.wasmBinary ??= await fetched(wasm.default);
    return {
      name: `onnxruntime-web ${ort.env.versions.web ?? ''} (WebAssembly, CPU)`,
      api: ort,
      session: { executionProviders: ['wasm'], logSeverityLevel: 3 },
      maxWeightBytes: MAX_WEIGHT_BYTES,
    };
  } catch (error) {
    throw new LabError(
      'network',
      `ONNX Runtime Web, which runs models on the CPU, could not be loaded: ${String(error)}`,
      'Check the connection and try again.',
      error,
    );
  }
}

/** Threads need cross-origin isolation, which static hosts do not provide. More of them than cores slow each other down. */
function threads(): number {
  if (!globalThis.crossOriginIsolated) return 1;
  const { hardwareConcurrency } = navigator;
  // Above four, most processors count every core twice.
  return hardwareConcurrency > 4 ? Math.floor(hardwareConcurrency / 2) : hardwareConcurrency;
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  return response.arrayBuffer();
}
