import type { TensorSpec } from '../../models/architecture';
import type { CodecMeta, CodecOptions, CodecSpec, OptionsOf } from './meta';

/** Chooses a codec for every tensor of a scope. It is the default export of codec.ts where `meta.assigns` is set. */
export interface Assigner {
  meta: CodecMeta;
  /** @returns a plain or wrapped codec for each tensor, by name. @throws LabError when the target cannot be met; Cancelled */
  assign(request: AssignRequest, options: CodecOptions): Promise<ReadonlyMap<string, CodecSpec>>;
  /** What it tries on each tensor, for estimates of time. If absent, it tries nothing. */
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

/** What an assigner tries on each tensor. */
export interface Trials {
  /** The codecs that each tensor is encoded with; the file will hold one of them. */
  codecs: readonly CodecSpec[];
  /** How often the loss is measured for each tensor. */
  lossRises: number;
}

/** A tensor that an assigner chooses a codec for. */
export type AssignTensor = Pick<TensorSpec, 'name' | 'matrix' | 'role' | 'block'>;

/** What an assigner knows and can try. Everything is measured on calibration data. */
export interface AssignRequest {
  tensors: readonly AssignTensor[];
  /** Number of transformer blocks of the model. */
  blocks: number;
  /** Number of parameters of the whole model. */
  parameters: number;
  /** Bytes of the file that are neither coded tensors nor assets: the tensors left as they are, and an estimate of the header. */
  otherBytes: number;
  /** Encodes and decodes one tensor with one codec. @returns stored bytes and errors */
  trial(tensor: string, spec: CodecSpec): Promise<Trial>;
  /**
   * Measures by how much the mean loss rises, in nats per token on the calibration text, when this tensor alone is replaced by
   * what `spec` restores of it.
   */
  lossRise(tensor: string, spec: CodecSpec): Promise<number>;
  signal?: AbortSignal;
  onProgress?(fraction: number, step: string): void;
}

/** What one codec makes of one tensor. */
export interface Trial {
  bytes: number;
  /** ‖W − Ŵ‖² */
  squaredError: number;
  /** ‖(W − Ŵ)X‖² ÷ samples; absent where the tensor reads no calibrated activation. */
  outputError?: number;
}
