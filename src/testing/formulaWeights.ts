import type { ModelShape, TensorSpec } from '../models/architecture';
import { toCanonical } from '../models/load/orientation';
import { architectureFor } from '../models/registry';
import type { Checkpoint } from './checkpoint';

/**
 * Returns the canonical weights of a model whose expected logits came from transformers with weights of this formula: value n
 * is the float32 of sin(0.7n + h) times 0.5 for a matrix and 0.2 for a vector, plus 1 for the weight of a norm; h folds the
 * characters of the tensor's name, h = (31h + c) mod 1009.
 */
export function formulaWeights(shape: ModelShape): Map<string, Float32Array> {
  return new Map(shape.tensors.map((spec) => [spec.name, toCanonical(spec, formula(spec))]));
}

/** Returns the model of a config.json with those weights. */
export function formulaCheckpoint(config: Readonly<Record<string, unknown>>): Checkpoint {
  const shape = architectureFor(config).configure(config);
  const weights = formulaWeights(shape);
  return { shape, tensor: ({ name }) => Promise.resolve(weights.get(name)!) };
}

function formula({ name, shape }: TensorSpec): Float32Array {
  const phase = [...name].reduce((h, c) => (31 * h + c.charCodeAt(0)) % 1009, 0);
  const isVector = shape.length === 1;
  const centre = isVector && name.endsWith('.weight') ? 1 : 0;
  const spread = isVector ? 0.2 : 0.5;
  const length = shape.reduce((a, b) => a * b);
  return Float32Array.from({ length }, (_, n) => centre + spread * Math.sin(0.7 * n + phase));
}
