import { defineCodec } from '../../../contract/defineCodec';
import { decodeAqlm } from './decode';
import { encodeAqlm } from './encode';
import { aqlmLayout, aqlmParts } from './layout';
import meta from './meta';
import { aqlmReference } from './reference';
import { aqlmWork } from './work';

export default defineCodec(meta, {
  layout: aqlmLayout,
  parts: aqlmParts,
  encode: encodeAqlm,
  encodeWork: aqlmWork,
  decode: decodeAqlm,
  reference: aqlmReference,
  // Float32 sums choose the codebooks.
  equalCodes: () => false,
  // Codes and codebooks minimise a sum over the matrix: nothing bounds the error of a single weight.
  errorBound: () => () => Infinity,
});
