import type { Codec } from '../codec';
import rtn from '../rtn/codec';
import { encodeGptq, encodeGptqGroup } from './encode';
import meta from './meta';
import reference from './reference';
import { gptqWork } from './work';

/** Stored as rtn stores it: layout, decoder and packed product are rtn's own. */
const codec: Codec = {
  ...rtn,
  meta,
  encodeWork: gptqWork,
  encode: encodeGptq,
  encodeGroup: encodeGptqGroup,
  reference,
  /** Of rtn, which it is without calibration. Error feedback moves weights on purpose, and without a bound. */
  errorBound: rtn.errorBound,
};

export default codec;
