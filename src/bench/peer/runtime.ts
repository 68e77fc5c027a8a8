import type { InferenceSession, OrtApi } from '../../onnx/runtime';

/** A loaded ONNX Runtime; page and command line each pass their own. */
export interface PeerRuntime {
  /** Package and version, such as `onnxruntime-node 1.30.0 (WebGPU)`. */
  name: string;
  api: OrtApi;
  /** Description of the peer's adapter for the report. */
  adapter: string;
  /** Session options that select its WebGPU execution provider on our adapter. */
  webgpu: InferenceSession.SessionOptions;
}
