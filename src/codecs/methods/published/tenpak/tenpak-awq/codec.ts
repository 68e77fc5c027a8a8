import { halfBitsToFloat } from '../../../../../base/float16';
import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { Codec, CodecContext, CodedTensor } from '../../../../contract/codec';
import { bits16Of } from '../../../../kit/storedFloats';
import { quantiserBound } from '../../../../kit/tenpak/int4/bound';
import { decodeOpened } from '../../../../kit/tenpak/int4/decode';
import { storedIndices } from '../../../../kit/tenpak/int4/outliers';
import { checkScales, reciprocals, scalesOf } from './columns';
import { encodeAwq, encodeAwqGroup } from './encode';
import { awqParts, awqQuantiser } from './layout';
import { checkStored } from './limits';
import meta from './meta';
import reference from './reference';

const codec: Codec = {
  meta,
  layout: awqParts,
  encode: encodeAwq,
  encodeGroup: encodeAwqGroup,
  decode,
  reference,
  /** Scales lie between .01 and 100: an error may be made at the largest and given back at the least. */
  errorBound: (options) => (largest) => 100 * quantiserBound(awqQuantiser(options), 100 * largest),
};

/** WGSL decode. @throws LabError bad-file */
async function decode(
  { name, shape, options, parts }: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStored(name, parts);
  const scales = scalesOf(parts.get('columnScales'));
  checkScales(name, scales);
  const outliers = bits16Of(parts.get('outliers') ?? new Uint8Array());
  const opened = {
    parts,
    group: Number(options.group),
    residualBits: 0,
    wide: true,
    factor: 1,
    hadamard: false,
    indices: storedIndices(name, parts.get('indices'), shape[0] * shape[1]),
    outliers: Float32Array.from(outliers, halfBitsToFloat),
    ...(scales && { columnFactors: reciprocals(scales) }),
  };
  await decodeOpened(opened, target, context);
}

export default codec;
