import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../../contract/codec';
import { defineCodec, type Coded } from '../../../../contract/defineCodec';
import { halfValues } from '../../../../kit/halves';
import { quantiserBound } from '../../../../kit/tenpak/int4/bound';
import { decodeOpened } from '../../../../kit/tenpak/int4/decode';
import { storedIndices } from '../../../../kit/tenpak/int4/outliers';
import { checkColumnScales, reciprocals, valuesOfScales } from './columns';
import { encodeTenpakAwq, encodeTenpakAwqGroup } from './encode';
import {
  awqQuantiser,
  tenpakAwqLayout,
  tenpakAwqParts,
  type TenpakAwqLayout,
  type TenpakAwqParts,
} from './layout';
import { checkStored } from './limits';
import meta from './meta';
import { tenpakAwqReference } from './reference';

export default defineCodec(meta, {
  layout: tenpakAwqLayout,
  parts: tenpakAwqParts,
  encode: encodeTenpakAwq,
  encodeGroup: encodeTenpakAwqGroup,
  decode,
  reference: tenpakAwqReference,
  // Scales lie between 0.01 and 100: an error may be made at the largest and divided by the smallest.
  errorBound: (options) => (largest) => 100 * quantiserBound(awqQuantiser(options), 100 * largest),
});

/** Decodes on the GPU. @throws LabError bad-file; Cancelled */
async function decode(
  { name, layout, parts }: Coded<TenpakAwqLayout, TenpakAwqParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStored(name, parts);
  const scales = valuesOfScales(parts.columnScales);
  checkColumnScales(name, scales);
  const opened = {
    codes: parts,
    group: layout.quantiser.group,
    wide: true,
    factor: 1,
    hadamard: false,
    indices: storedIndices(name, parts.indices, layout.elements),
    outliers: halfValues(parts.outliers ?? new Uint8Array()),
    columnFactors: scales && reciprocals(scales),
  };
  await decodeOpened(opened, target, context);
}
