import type {
  InferenceSession,
  InferenceSessionFactory,
  Tensor,
  TensorConstructor,
} from 'onnxruntime-web/webgpu';

export type { InferenceSession, Tensor };

/** The part of ONNX Runtime that its browser and Node packages share. */
export interface OrtApi {
  InferenceSession: InferenceSessionFactory;
  Tensor: TensorConstructor;
}

/** ONNX Runtime as loaded here, with the kernels that its sessions use. */
export interface OnnxRuntime {
  /** Package, version and kernels, e.g. `onnxruntime-node 1.30.0 (CPU)`. */
  name: string;
  api: OrtApi;
  /** Options that select the kernels. */
  session: InferenceSession.SessionOptions;
  /** Maximum bytes of the weights of a model, where the runtime cannot address all memory. */
  maxWeightBytes?: number;
}
