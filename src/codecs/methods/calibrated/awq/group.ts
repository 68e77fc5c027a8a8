import { LabError } from '../../../../base/errors';
import type { CodecContext, GroupResult, SourceTensor, TensorGroup } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { checkInputs, encodeAwq, encodeScaled } from './encode';
import { searchExponent } from './exponent';
import { isOne } from './scale';

/**
 * Tensors that read one activation. Straight behind a norm they share one s, the norm is divided by it, and nothing more is
 * stored; else each has its own.
 * @throws LabError bad-input naming the tensor
 */
export async function encodeAwqGroup(
  { tensors, norm }: TensorGroup,
  options: CodecOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const { inputs } = context;
  if (!norm || !inputs || options.fold !== true)
    return { parts: await encodeEach(tensors, (tensor) => encodeAwq(tensor, options, context)) };
  for (const tensor of tensors) checkInputs(tensor, inputs);
  const s = await searchExponent(tensors, options, context, inputs, false);
  const parts = await encodeEach(tensors, (tensor) => encodeScaled(tensor, s, options, context));
  if (isOne(s)) return { parts };
  const folded = [norm.weight, ...(norm.bias ? [norm.bias] : [])];
  const replaced = new Map(folded.map((tensor) => [tensor.name, divided(tensor, s)]));
  return { parts, replaced, columnScale: s };
}

async function encodeEach(
  tensors: readonly SourceTensor[],
  encode: (tensor: SourceTensor) => Promise<Parts>,
): Promise<Map<string, Parts>> {
  const parts = new Map<string, Parts>();
  for (const tensor of tensors) parts.set(tensor.name, await encode(tensor));
  return parts;
}

/** v ÷ s in float32. */
function divided({ name, values }: SourceTensor, s: Float32Array): Float32Array {
  const quotients = values.map((v, i) => v / s[i]);
  if (quotients.every(Number.isFinite)) return quotients;
  throw new LabError(
    'bad-input',
    `${name} has values so large that the scale of the layers behind it cannot be folded into it.`,
    'Compress with fold=false: the scale is then stored with each layer.',
  );
}
