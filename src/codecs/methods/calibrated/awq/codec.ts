import type { Codec } from '../../../contract/codec';
import { uniformGridCodec } from '../../../kit/uniformGrid/erased';
import { decodeAwq } from './decode';
import { encodeAwq } from './encode';
import { encodeAwqGroup } from './group';
import { awqErrorBound, awqLayout, awqParts } from './layout';
import meta from './meta';
import reference from './reference';
import { awqWork } from './work';

const codec: Codec = {
  meta,
  encodeWork: awqWork,
  layout: (shape, options) => awqParts(awqLayout(shape, options)),
  encode: encodeAwq,
  encodeGroup: encodeAwqGroup,
  decode: decodeAwq,
  reference,
  // Division by s may be off by 2.5 units in the last place (WGSL, Accuracy of expressions).
  decodeTolerance: 2 ** -21,
  errorBound: awqErrorBound,

  /** Without a stored s the parts are those of rtn. */
  async linear(stored, context) {
    return stored.parts.has('inputScale') ? undefined : uniformGridCodec(meta).linear!(stored, context);
  },
};

export default codec;
