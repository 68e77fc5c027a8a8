import type { Codec } from '../../../contract/codec';
import { decodeHqq } from './decode';
import { encodeHqq } from './encode';
import { hqqErrorBound, hqqLayout, hqqParts } from './layout';
import meta from './meta';
import reference from './reference';
import { hqqWork } from './work';

/** No `linear`: the packed kernels take whole zero points, and these are real. */
const codec: Codec = {
  meta,
  encodeWork: hqqWork,
  layout: (shape, options) => hqqParts(hqqLayout(shape, options)),
  encode: encodeHqq,
  decode: decodeHqq,
  reference,
  errorBound: hqqErrorBound,
};

export default codec;
