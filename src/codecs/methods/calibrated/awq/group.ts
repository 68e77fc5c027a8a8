import { LabError } from '../../../../base/errors';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import type { Source, SourceGroup, SourceGroupResult } from '../../../contract/defineCodec';
import { checkInputs, encodeAwq, encodeUnderScale } from './encode';
import { searchExponentOnGpu } from './exponent';
import type { AwqLayout, AwqParts } from './layout';
import { isOne } from './scale';

/**
 * Encodes tensors that read one activation. Directly after a norm they share one s, by which the norm is divided, and s is not
 * stored; otherwise each tensor has its own.
 * @throws LabError bad-input naming the tensor
 */
export async function encodeAwqGroup(
  { tensors, norm }: SourceGroup<AwqLayout>,
  context: CodecContext,
): Promise<SourceGroupResult<AwqParts>> {
  const { inputs } = context;
  if (!norm || !inputs || !tensors[0].layout.fold)
    return { parts: await encodeEach(tensors, (source) => encodeAwq(source, context)) };
  for (const source of tensors) checkInputs(source, inputs);
  const s = await searchExponentOnGpu(tensors, context, inputs, false);
  const parts = await encodeEach(tensors, (source) => encodeUnderScale(source, s, context));
  if (isOne(s)) return { parts };
  const folded = [norm.weight, ...(norm.bias ? [norm.bias] : [])];
  const replaced = new Map(folded.map((tensor) => [tensor.name, divided(tensor, s)]));
  return { parts, replaced, columnScale: s };
}

async function encodeEach(
  sources: readonly Source<AwqLayout>[],
  encode: (source: Source<AwqLayout>) => Promise<AwqParts>,
): Promise<Map<string, AwqParts>> {
  const parts = new Map<string, AwqParts>();
  for (const source of sources) parts.set(source.name, await encode(source));
  return parts;
}

/** Divides values by s in float32. @throws LabError bad-input naming the tensor when a quotient overflows */
function divided({ name, values }: SourceTensor, s: Float32Array): Float32Array {
  const quotients = values.map((v, i) => v / s[i]);
  if (quotients.every(Number.isFinite)) return quotients;
  throw new LabError(
    'bad-input',
    `${name} has values so large that the scale of the layers after it cannot be folded into it.`,
    'Compress with fold=false: the scale is then stored with each layer.',
  );
}
