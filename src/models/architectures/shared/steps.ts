import { geluForm, type ActivationName } from './config';
import type { Step, TensorSpec, Value } from '../../architecture';
import { matrix, vector } from './shape';

/** Steps and tensors that most architectures have. `name` is a module, whose tensors are `name.weight` and `name.bias`. */

/** Returns the step out = input · Wᵀ (+ b). */
export function linearStep(name: string, input: Value, out: Value, biased = true): Step {
  return { op: 'linear', input, weight: `${name}.weight`, ...(biased && { bias: `${name}.bias` }), out };
}

/** Returns the step out = LayerNorm(input). */
export function layerNormStep(name: string, input: Value, out: Value, epsilon: number): Step {
  return { op: 'layerNorm', input, weight: `${name}.weight`, bias: `${name}.bias`, epsilon, out };
}

/** Returns the step out = RMSNorm(input), separately for each of `heads` column ranges if given. */
export function rmsNormStep(name: string, input: Value, out: Value, epsilon: number, heads?: number): Step {
  return { op: 'rmsNorm', input, weight: `${name}.weight`, epsilon, out, ...(heads && { heads }) };
}

/** Returns the step out += input. */
export function addStep(input: Value, out: Value): Step {
  return { op: 'add', input, out };
}

/** Returns the step value = GELU(value) or ReLU(value), in place. */
export function activationStep(name: ActivationName, value: Value): Step {
  return name === 'relu' ? { op: 'relu', value } : { op: 'gelu', value, form: geluForm(name) };
}

/** Returns the specs of a linear layer that the checkpoint stores as [out, in]. */
export function linearTensors(
  name: string,
  [out, inner]: readonly [out: number, inner: number],
  role: 'attention' | 'mlp',
  block: number,
  biased = true,
): TensorSpec[] {
  return [
    matrix(`${name}.weight`, out, inner, role, block),
    ...(biased ? [vector(`${name}.bias`, out, 'bias', block)] : []),
  ];
}
