import type { ModelShape, TensorSpec } from '../../models/architecture';
import type { CodecMeta, CodecOptions, CodecSpec, OptionsOf } from './meta';

/** Chooses a codec for every tensor of a scope. It is the default export of codec.ts where `meta.assigns` is set. */
export interface Assigner {
  meta: CodecMeta;
  /** Chooses a plain or wrapped codec for each tensor, by name. @throws LabError when the target cannot be met; Cancelled */
  assign(request: AssignRequest, options: CodecOptions): Promise<ReadonlyMap<string, CodecSpec>>;
  /** States what it measures on each tensor, for estimates of time. If absent, it measures nothing. */
  trials?(options: CodecOptions): Trials;
}

/** Makes an assigner whose methods have the types of its own options. */
export function defineAssigner<Meta extends CodecMeta>(
  meta: Meta,
  definition: {
    assign: (request: AssignRequest, options: OptionsOf<Meta>) => Promise<ReadonlyMap<string, CodecSpec>>;
    trials?: (options: OptionsOf<Meta>) => Trials;
  },
): Assigner {
  const { assign, trials } = definition;
  // `completeOptions` has checked every option against the metadata.
  const typed = (options: CodecOptions) => options as OptionsOf<Meta>;
  return {
    meta,
    assign: (request, options) => assign(request, typed(options)),
    trials: trials && ((options) => trials(typed(options))),
  };
}

/** The measurements that an assigner makes on each tensor. */
export interface Trials {
  /** The codecs that each tensor is encoded with. The file will hold one of them. */
  codecs: readonly CodecSpec[];
  /** How often the loss is measured for each tensor. */
  lossRises: number;
}

/** A tensor that an assigner chooses a codec for. */
export type AssignTensor = Pick<TensorSpec, 'name' | 'matrix' | 'role' | 'block'>;

/** The model as an assigner sees it, and the measurements it can make. All of them use calibration data. */
export interface AssignRequest {
  shape: ModelShape;
  /** The tensors that the scope covers. */
  tensors: readonly AssignTensor[];
  /** Number of transformer blocks of the model. */
  blocks: number;
  /** Number of parameters of the whole model. */
  parameters: number;
  /** Bytes of the file that are neither coded tensors nor assets: the tensors left uncoded, and an estimate of the header. */
  otherBytes: number;
  /** Encodes and decodes one tensor with one codec, and measures stored bytes and errors. */
  trial(tensor: string, spec: CodecSpec): Promise<Trial>;
  /**
   * Measures the rise of the mean loss, in nats per token on the calibration text, when only this tensor is replaced by its decoding
   * from `spec`.
   */
  lossRise(tensor: string, spec: CodecSpec): Promise<number>;
  signal?: AbortSignal;
  onProgress?(fraction: number, step: string): void;
}

/** The size and the errors of one tensor under one codec. */
export interface Trial {
  bytes: number;
  /** ‖W − Ŵ‖² */
  squaredError: number;
  /** ‖(W − Ŵ)X‖² ÷ samples. It is absent where the tensor reads no calibrated activation. */
  outputError?: number;
}
