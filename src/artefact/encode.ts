import { throwIfAborted } from '../base/errors';
import { encodeTensor } from '../codecs/contract/coding';
import type { Parts } from '../codecs/contract/parts';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { sourceTensor, type Assignment } from './assignment';

/** A model to be encoded, by which codecs, and who takes what they make of it. */
export interface Encoding {
  gpu: Gpu;
  model: Model;
  assignment: Assignment;
  seed: number;
  signal?: AbortSignal;
  onEncoded: OnEncoded;
}

/** Takes the parts of an encoded tensor; nothing of them is kept here. */
type OnEncoded = (tensor: TensorSpec, parts: Parts) => Promise<void>;

/** What the codecs made of a model beside the parts. */
export interface EncodedModel {
  /** Float tensors with new values: norms a scale was folded into. */
  replaced: Map<string, Float32Array>;
  /** Tensors stored as W·diag(s), s folded into the norm before them: s by tensor name. */
  columnScales: Map<string, Float32Array>;
  /** Wall-clock time spent in the codecs, and in carrying calibration data through the model. */
  encodeMs: number;
  calibrateMs: number;
}

export function emptyEncodedModel(): EncodedModel {
  return { replaced: new Map(), columnScales: new Map(), encodeMs: 0, calibrateMs: 0 };
}

/**
 * Encodes every coded tensor in the order of the model, for codecs that learn from no data. One tensor is in memory at a time.
 * @throws LabError naming the tensor; Cancelled
 */
export async function encodeInOrder(encoding: Encoding): Promise<EncodedModel> {
  const { gpu, model, assignment, seed, signal, onEncoded } = encoding;
  const encoded = emptyEncodedModel();
  for (const tensor of model.shape.tensors) {
    const assigned = assignment.get(tensor.name);
    if (!assigned) continue;
    throwIfAborted(signal);
    const source = await sourceTensor(model, tensor, assigned);
    const started = performance.now();
    const { codec, spec } = assigned;
    const parts = await encodeTensor(codec, source, spec.options, { gpu, seed, signal });
    encoded.encodeMs += performance.now() - started;
    await onEncoded(tensor, parts);
  }
  return encoded;
}
