import { LabError } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import type { PeerRuntime } from '../../bench/peer/runtime';

/**
 * Loads ONNX Runtime Web with its WebGPU execution provider on the lab's own device, so that both sides share one adapter and its
 * limits. Its 27 MB of WebAssembly are fetched only on the first call.
 * @throws LabError network if the files cannot be fetched
 */
export async function webPeer(gpu: Gpu): Promise<PeerRuntime> {
  try {
    const [ort, wasm] = await Promise.all([
      import('onnxruntime-web/webgpu'),
      import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'),
    ]);
    // One thread, because more need cross-origin isolation, and the work is on the GPU.
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: wasm.default };
    return {
      name: `onnxruntime-web ${ort.env.versions.web ?? ''} (WebGPU)`,
      api: ort,
      adapter: 'the same device, shared with the lab',
      webgpu: { executionProviders: [{ name: 'webgpu', device: gpu.device }], logSeverityLevel: 3 },
    };
  } catch (error) {
    throw new LabError(
      'network',
      `ONNX Runtime Web, the benchmark's peer, could not be loaded: ${String(error)}`,
      'Check the connection, or run the benchmark without the peer.',
      error,
    );
  }
}
