import type { Codec } from '../../../contract/codec';
import { decodeAqlm } from './decode';
import { encodeAqlm } from './encode';
import { aqlmLayout, aqlmParts } from './layout';
import meta from './meta';
import reference from './reference';
import { aqlmWork } from './work';

const codec: Codec = {
  meta,
  /** Float32 sums choose the codebooks. */
  equalCodes: () => false,
  encodeWork: aqlmWork,
  layout: (shape, options) => aqlmParts(aqlmLayout(shape, options)),
  encode: encodeAqlm,
  decode: decodeAqlm,
  reference,
  // Codes and codebooks minimise a sum over the matrix: nothing bounds the error of a single weight.
  errorBound: () => () => Infinity,
};

export default codec;
