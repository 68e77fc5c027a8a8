import type { Calibration } from '../calibrate/calibration';
import type { Parts } from '../codecs/contract/parts';
import type { TensorSpec } from '../models/architecture';
import type { PartSizes } from './entries';

export interface EncodeOptions {
  seed: number;
  signal?: AbortSignal;
  /** Called after each tensor with the share of weights done, 0 … 1. */
  onProgress?: (fraction: number, tensor: string) => void;
  /** What calibrated codecs learn from. */
  calibration?: Calibration;
}

/** Takes what a codec made of a tensor; nothing of it is kept here. */
export type OnEncoded = (tensor: TensorSpec, parts: Parts) => Promise<void>;

/** What the codecs made of a model, beside the parts that `Keep` got. */
export interface EncodedModel {
  /** Of the parts, by tensor name. */
  sizes: Map<string, PartSizes>;
  /** Float tensors with new values: norms a scale was folded into. */
  replaced: Map<string, Float32Array>;
  /** Tensors stored as W·diag(s), s folded into the norm before them: s by tensor name. */
  columnScales: Map<string, Float32Array>;
  /** Wall-clock time spent in the codecs, and in carrying calibration data through the model. */
  encodeMs: number;
  calibrateMs: number;
}
