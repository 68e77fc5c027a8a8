import type { Codec } from '../../contract/codec';
import { checkParts } from '../../contract/coding';
import type { CodecMeta } from '../../contract/meta';
import { decodeRows } from './decode';
import { encodeRows } from './encode';
import type { RowFormat } from './format';
import { rowLayout, rowParts } from './layout';
import { blockLinear } from './linear';
import { rowReference } from './reference';

/** The codec of a published byte format of ternary weights. */
export function rowCodec(meta: CodecMeta, format: RowFormat): Codec {
  const codec: Codec = {
    meta,
    layout: (shape) => rowParts(format, rowLayout(format, meta, shape)),
    encode: (tensor, options, context) => encodeRows(format, meta, tensor, options, context),
    decode: (stored, target, context) => decodeRows(format, meta, stored, target, context),
    reference: rowReference(format, meta),
    errorBound: format.errorBound,
  };
  if (format.scales === 'block')
    codec.linear = async (stored, context) => {
      checkParts(codec, stored);
      return blockLinear(format, meta, stored, context);
    };
  return codec;
}
