import type { Codec } from '../codec';
import { decodeRtn } from './decode';
import { encodeRtn } from './encode';
import { rtnErrorBound, rtnLayout, rtnParts } from './layout';
import meta from './meta';
import reference from './reference';

const codec: Codec = {
  meta,
  layout: (shape, options) => rtnParts(rtnLayout(shape, options)),
  encode: encodeRtn,
  decode: decodeRtn,
  reference,
  errorBound: rtnErrorBound,
};

export default codec;
