import { foldScale } from '../../../kit/foldScale';
import type { CodecContext } from '../../../contract/codec';
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
  if (!norm || !inputs || tensors[0].layout.fold === 'false')
    return { parts: await encodeEach(tensors, (source) => encodeAwq(source, context)) };
  for (const source of tensors) checkInputs(source, inputs);
  const s = await searchExponentOnGpu(tensors, context, inputs, false);
  const parts = await encodeEach(tensors, (source) => encodeUnderScale(source, s, context));
  if (isOne(s)) return { parts };
  return { parts, replaced: foldScale(norm, s), columnScale: s };
}

async function encodeEach(
  sources: readonly Source<AwqLayout>[],
  encode: (source: Source<AwqLayout>) => Promise<AwqParts>,
): Promise<Map<string, AwqParts>> {
  const parts = new Map<string, AwqParts>();
  for (const source of sources) parts.set(source.name, await encode(source));
  return parts;
}
