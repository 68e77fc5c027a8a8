import type { TensorRole } from '../../models/architecture';
import type { MatrixShape } from './codec';
import type { CodecMeta, CodecOptions, CodecSpec } from './meta';

/** Chooses a codec for every tensor of a scope. Default export of codec.ts where `meta.assigns`. */
export interface Assigner {
  meta: CodecMeta;
  /** @returns a plain or wrapped codec for each tensor, by name. @throws LabError when the target cannot be met; Cancelled */
  assign(request: AssignRequest, options: CodecOptions): Promise<ReadonlyMap<string, CodecSpec>>;
  /** What it tries on each tensor, for estimates of time; absent: nothing. */
  trials?(options: CodecOptions): Trials;
}

export interface Trials {
  /** Codecs each tensor is encoded by; the file will hold one of them. */
  codecs: readonly CodecSpec[];
  /** Measurements of the loss per tensor. */
  lossRises: number;
}

/** A tensor to be given a codec. */
export interface AssignTensor {
  name: string;
  shape: MatrixShape;
  role: TensorRole;
  /** Block index; undefined outside the blocks. */
  block?: number;
}

/** What an assigner may know and try. Everything it measures is calibration data. */
export interface AssignRequest {
  tensors: readonly AssignTensor[];
  /** Transformer blocks of the model. */
  blocks: number;
  /** All parameters of the model, and the file bytes besides coded tensors and assets (rest, header estimate). */
  parameters: number;
  otherBytes: number;
  /** Encodes and decodes one tensor by one codec: stored bytes and errors. */
  trial(tensor: string, spec: CodecSpec): Promise<Trial>;
  /**
   * Rise of the mean loss in nats per token on the calibration text when this tensor alone is replaced by what `spec`
   * restores of it.
   */
  lossRise(tensor: string, spec: CodecSpec): Promise<number>;
  signal?: AbortSignal;
  onProgress?(fraction: number, step: string): void;
}

export interface Trial {
  bytes: number;
  /** ‖W − Ŵ‖² */
  squaredError: number;
  /** ‖(W − Ŵ)X‖² ÷ samples; absent where the tensor reads no calibrated activation. */
  outputError?: number;
}
