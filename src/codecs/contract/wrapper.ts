import type { Codec } from './codec';
import type { CodecMeta, CodecOptions } from './meta';

/** A codec around another: `rans(rtn(bits=4))`. Default export of codec.ts where `meta.wraps`. */
export interface Wrapper {
  meta: CodecMeta;
  /**
   * The codec that results; its methods take the wrapper's own options.
   * @throws LabError bad-plan when it cannot wrap this codec
   */
  wrap(inner: Codec, innerOptions: CodecOptions): Codec;
}
