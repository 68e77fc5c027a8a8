import type { CodecSpec } from '../codecs/contract/meta';
import type { Model } from '../models/model';
import { ALL_ROLES, LINEAR_ROLES, type ModelShape, type TensorSpec } from '../models/architecture';

/** Which tensors are coded: `linear` = attention and MLP matrices; `all` adds every other matrix. */
export type Scope = 'linear' | 'all';
/** The float type of the tensors outside the scope. */
export type Rest = 'float16' | 'float32' | 'bfloat16';

/** How a whole model is compressed. */
export interface Recipe {
  /** One codec for all tensors, or an assigner that chooses a codec for each. */
  spec: CodecSpec;
  scope: Scope;
  rest: Rest;
  /** The model of which codecs with `needs.base` code the difference; others do without. */
  base?: Model;
}

/** Whether the scope codes a tensor. */
export function isInScope(tensor: TensorSpec, scope: Scope): boolean {
  return (scope === 'all' ? ALL_ROLES : LINEAR_ROLES).has(tensor.role);
}

/** Counts the weights the scope codes. */
export function codedParameters(shape: ModelShape, scope: Scope): number {
  return shape.tensors
    .filter((t) => isInScope(t, scope))
    .reduce((sum, t) => sum + t.matrix[0] * t.matrix[1], 0);
}
