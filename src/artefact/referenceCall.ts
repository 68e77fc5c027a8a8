import { describeError, LabError } from '../base/errors';
import type { Codec, GroupResult, SourceTensor, TensorGroup } from '../codecs/contract/codec';
import type { CodecSpec } from '../codecs/contract/meta';
import { resolveCodec, codecSpecOf } from '../codecs/contract/registry';
import { encodeByReference, type ReferenceWork } from './hostProcessor';

/** What another thread is to encode, as it is sent. */
export interface ReferenceCall {
  spec: CodecSpec;
  work: ReferenceWork;
}

/** What that thread sends back. */
export type ReferenceAnswer = { result: GroupResult } | { error: ReturnType<typeof describeError> };

/** Makes the call for `work`. */
export function callOf(codec: Codec, work: ReferenceWork): ReferenceCall {
  const source = 'tensors' in work.source ? compactGroup(work.source) : compact(work.source);
  return { spec: codecSpecOf(codec, work.options), work: { ...work, source } };
}

/** Encodes, in the thread that was called. */
export async function answerTo({ spec, work }: ReferenceCall): Promise<ReferenceAnswer> {
  try {
    return { result: encodeByReference(await resolveCodec(spec), work) };
  } catch (error) {
    return { error: describeError(error) };
  }
}

/** Returns the result of an answer. @throws LabError of the reference */
export function resultOf(answer: ReferenceAnswer): GroupResult {
  if ('result' in answer) return answer.result;
  const { code, message, remedy } = answer.error;
  throw new LabError(code, message, remedy);
}

function compactGroup({ tensors, norm }: TensorGroup): TensorGroup {
  if (!norm) return { tensors: tensors.map(compact) };
  const { weight, bias } = norm;
  return {
    tensors: tensors.map(compact),
    norm: { weight: compact(weight), ...(bias && { bias: compact(bias) }) },
  };
}

/** Gives a tensor memory of its own, since sending a part of a buffer copies all of it. */
function compact(tensor: SourceTensor): SourceTensor {
  const { values } = tensor;
  return values.byteLength === values.buffer.byteLength ? tensor : { ...tensor, values: values.slice() };
}
