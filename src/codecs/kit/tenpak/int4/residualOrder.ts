import type { Parts } from '../../../contract/parts';

/**
 * The residual's parts as the published reader of int4_hybrid_v2 takes them: its writer stores codes, scales, offsets; the
 * reader expects scales, offsets, codes in the same bytes.
 */
export function asRead(stored: Parts): Parts {
  const codes = stored.get('residual');
  const scales = stored.get('residualScales');
  const offsets = stored.get('residualOffsets');
  if (!codes || !scales || !offsets) return stored;
  const bytes = new Uint8Array(codes.length + scales.length + offsets.length);
  bytes.set(codes);
  bytes.set(scales, codes.length);
  bytes.set(offsets, codes.length + scales.length);
  return new Map(stored)
    .set('residualScales', bytes.subarray(0, scales.length))
    .set('residualOffsets', bytes.subarray(scales.length, scales.length + offsets.length))
    .set('residual', bytes.subarray(scales.length + offsets.length));
}
