import { describeError, LabError } from '../../base/errors';
import type { PeerRuntime } from '../../bench/peer/runtime';

/**
 * Loads onnxruntime-node with its WebGPU execution provider. It has its own Dawn, so the device cannot be shared, but
 * both request the high-performance adapter of the same drivers. Tensors stay on its device (`gpu-buffer` outputs of one
 * session are inputs of the next).
 * @throws LabError unsupported if it is not installed or has no WebGPU provider
 */
export async function nodePeer(): Promise<PeerRuntime> {
  const ort = await import('onnxruntime-node').catch((error: unknown) => {
    throw new LabError(
      'unsupported',
      'The peer, onnxruntime-node, is not installed or cannot be loaded, so only Bitcurve is measured.',
      'Run `npm install` to install it, or pass --peer off.',
      error,
    );
  });
  if (!ort.listSupportedBackends().some(({ name }) => name === 'webgpu'))
    throw new LabError(
      'unsupported',
      `The peer, onnxruntime-node, has no WebGPU provider on ${process.platform} ${process.arch}, so only Bitcurve is measured.`,
      'Run the benchmark in a browser, where the peer is onnxruntime-web.',
    );
  const drivers = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  return {
    name: `onnxruntime-node ${ort.env.versions.node ?? ''} (WebGPU)`,
    api: ort,
    adapter: `the high-performance adapter of the same drivers${drivers ? ` (${drivers})` : ''}; its package does not name it`,
    // The same amount of validation as on the lab's device.
    webgpu: { executionProviders: [{ name: 'webgpu', validationMode: 'wgpuOnly' }], logSeverityLevel: 3 },
  };
}

/**
 * Returns the peer, or undefined after a message on stderr: it is a development dependency, and the lab can be measured
 * without it.
 */
export async function peerOrSentence(): Promise<PeerRuntime | undefined> {
  try {
    return await nodePeer();
  } catch (error) {
    const { message, remedy } = describeError(error);
    process.stderr.write(`${message} ${remedy}\n`);
    return undefined;
  }
}
