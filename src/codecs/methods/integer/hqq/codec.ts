import { defineCodec } from '../../../contract/defineCodec';
import { decodeHqq } from './decode';
import { encodeHqq } from './encode';
import { hqqErrorBound, hqqLayout, hqqParts } from './layout';
import meta from './meta';
import { hqqReference } from './reference';
import { hqqWork } from './work';

/** The codec has no `linear`, because the packed kernels take integer zero points only. */
export default defineCodec(meta, {
  layout: hqqLayout,
  parts: hqqParts,
  encode: encodeHqq,
  encodeWork: hqqWork,
  decode: decodeHqq,
  reference: hqqReference,
  // The search for the zero point compares float32 sums.
  equalCodes: () => false,
  errorBound: hqqErrorBound,
});
