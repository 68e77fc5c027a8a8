import type { InferenceSession, OrtApi } from '../../onnx/runtime';

/** ONNX Runtime as loaded here; page and command line each pass their own. */
export interface PeerRuntime {
  /** Package and version, e.g. `onnxruntime-node 1.30.0 (WebGPU)`. */
  name: string;
  api: OrtApi;
  /** How the peer came to its adapter, in words for the report. */
  adapter: string;
  /** Session options that select its WebGPU execution provider on our adapter. */
  webgpu: InferenceSession.SessionOptions;
}
