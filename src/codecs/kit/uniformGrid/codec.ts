import { packedIntegerLinear, packedSupports } from '../../../runtime/linear/packed/packedLinear';
import type { Codec } from '../../contract/codec';
import { checkParts } from '../../contract/coding';
import type { CodecMeta } from '../../contract/meta';
import { checkStoredScales } from '../storedFloats';
import { decodeRtn } from './decode';
import { encodeRtn } from './encode';
import { rtnErrorBound, rtnLayout, rtnParts } from './layout';
import reference from './reference';
import { rtnWork } from './work';

/**
 * The codec of plain rounding to a uniform grid. Other codecs that store such a grid take its layout, decoder and packed product from
 * here and bring an encoder of their own.
 */
export function uniformGridCodec(meta: CodecMeta): Codec {
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
      return packedIntegerLinear(gpu, {
        name: stored.name,
        rows,
        columns,
        bits,
        group,
        offset,
        codes,
        scales,
      });
    },
  };
  return codec;
}
