import { describeError, LabError } from '../../base/errors';
import type { PeerRuntime } from '../../bench/peer/runtime';

/**
 * onnxruntime-node with its WebGPU execution provider. It brings a Dawn of its own, so the device cannot be shared; the adapter
 * can: both ask for the high-performance adapter of the same drivers. Tensors stay on its device all the same
 * (`gpu-buffer` outputs of one session are inputs of the next).
 * @throws LabError unsupported with what to install
 */
async function nodePeer(): Promise<PeerRuntime> {
  const ort = await import('onnxruntime-node').catch((error: unknown) => {
    throw new LabError(
      'unsupported',
      'The peer, onnxruntime-node, is not installed or does not load here; only our side is measured.',
      'Run `npm install`, or pass --peer off.',
      error,
    );
  });
  if (!ort.listSupportedBackends().some(({ name }) => name === 'webgpu'))
    throw new LabError(
      'unsupported',
      `The peer, onnxruntime-node, has no WebGPU provider on ${process.platform} ${process.arch}; only our side is measured.`,
      'Run the benchmark in a browser, where the peer is onnxruntime-web.',
    );
  const drivers = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  return {
    name: `onnxruntime-node ${ort.env.versions.node ?? ''} (WebGPU)`,
    api: ort,
    adapter: `the high-performance adapter of the same drivers${drivers ? ` (${drivers})` : ''}; its package does not name it`,
    // As much validation as our own device does.
    webgpu: { executionProviders: [{ name: 'webgpu', validationMode: 'wgpuOnly' }], logSeverityLevel: 3 },
  };
}

/** The peer is a development dependency: without it our side is still worth measuring. */
export async function peerOrSentence(): Promise<PeerRuntime | undefined> {
  try {
    return await nodePeer();
  } catch (error) {
    const { message, remedy } = describeError(error);
    process.stderr.write(`${message} ${remedy}\n`);
    return undefined;
  }
}
