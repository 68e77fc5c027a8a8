import { defineCodec } from '../../../contract/defineCodec';
import { uniformGridLinear } from '../../../kit/uniformGrid/codec';
import { packableGrid } from '../../../kit/uniformGrid/packable';
import { decodeAwq } from './decode';
import { encodeAwq } from './encode';
import { encodeAwqGroup } from './group';
import { awqErrorBound, awqLayout, awqParts } from './layout';
import meta from './meta';
import { awqReference } from './reference';
import { awqWork } from './work';

export default defineCodec(meta, {
  layout: awqLayout,
  parts: awqParts,
  encode: encodeAwq,
  encodeGroup: encodeAwqGroup,
  encodeWork: awqWork,
  decode: decodeAwq,
  // Without a stored s the parts are those of a uniform grid.
  linear: async (stored, context) =>
    stored.parts.inputScale ? undefined : uniformGridLinear(stored, context),
  packable: (stored) =>
    stored.parts.inputScale
      ? 'its columns have scales of their own, which awq(fold=only) does without'
      : packableGrid(stored),
  reference: awqReference,
  // Searches compare float32 sums.
  equalCodes: () => false,
  // Division by s may be off by 2.5 units in the last place (WGSL, Accuracy of expressions).
  decodeTolerance: 2 ** -21,
  errorBound: awqErrorBound,
});
