import { throwIfAborted } from '../base/errors';
import type { Parts } from '../codecs/contract/parts';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { sourceTensor, type Assignment } from './assignment';
import type { Processor } from './processor';

/** A model to encode, its codecs, and the receiver of the encoded parts. */
export interface Encoding {
  processor: Processor;
  model: Model;
  assignment: Assignment;
  seed: number;
  signal?: AbortSignal;
  onEncoded: OnEncoded;
}

/** Receives the parts of each encoded tensor. The encoder keeps none of them. */
type OnEncoded = (tensor: TensorSpec, parts: Parts) => Promise<void>;

/** What encoding a model gives besides the parts. */
export interface EncodedModel {
  /** Float tensors with new values: norms a scale was folded into. */
  replaced: Map<string, Float32Array>;
  /** The factors s of tensors stored as W·diag(s), by tensor name; the norm before them was divided by s. */
  columnScales: Map<string, Float32Array>;
  /** Wall-clock time spent in the codecs, and in carrying calibration data through the model. */
  encodeMs: number;
  calibrateMs: number;
}

export function emptyEncodedModel(): EncodedModel {
  return { replaced: new Map(), columnScales: new Map(), encodeMs: 0, calibrateMs: 0 };
}

/**
 * Encodes every coded tensor in the order of the model, by codecs without calibration. One tensor is in memory at a time.
 * @throws LabError naming the tensor; Cancelled
 */
export async function encodeInOrder(encoding: Encoding): Promise<EncodedModel> {
  const { processor, model, assignment, seed, signal, onEncoded } = encoding;
  const encoded = emptyEncodedModel();
  for (const tensor of model.shape.tensors) {
    const assigned = assignment.get(tensor.name);
    if (!assigned) continue;
    throwIfAborted(signal);
    const source = await sourceTensor(model, tensor, assigned);
    const started = performance.now();
    const { codec, spec } = assigned;
    const parts = await processor.encode(codec, source, spec.options, { seed, signal });
    encoded.encodeMs += performance.now() - started;
    await onEncoded(tensor, parts);
  }
  return encoded;
}
