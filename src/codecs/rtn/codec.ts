import { packedIntegerLinear, packedSupports } from '../../runtime/packedLinear';
import type { Codec } from '../codec';
import { checkParts } from '../encode';
import { checkStoredScales } from '../floats';
import { decodeRtn } from './decode';
import { encodeRtn } from './encode';
import { rtnErrorBound, rtnLayout, rtnParts } from './layout';
import meta from './meta';
import reference from './reference';
import { rtnWork } from './work';

const codec: Codec = {
  meta,
  encodeWork: rtnWork,
  layout: (shape, options) => rtnParts(rtnLayout(shape, options)),
  encode: encodeRtn,
  decode: decodeRtn,
  reference,
  errorBound: rtnErrorBound,

  async linear(stored, { gpu }) {
    const { rows, columns, bits, group, asymmetric } = rtnLayout(stored.shape, stored.options);
    if (!packedSupports(bits)) return undefined;
    checkParts(codec, stored);
    const scales = stored.parts.get('scales')!;
    checkStoredScales(stored.name, scales);
    const offset = asymmetric ? stored.parts.get('zeros')! : 2 ** (bits - 1);
    const codes = stored.parts.get('codes')!;
    return packedIntegerLinear(gpu, { name: stored.name, rows, columns, bits, group, offset, codes, scales });
  },
};

export default codec;
