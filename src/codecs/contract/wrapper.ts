import type { Codec } from './codec';
import type { CodecMeta, CodecOptions, OptionsOf } from './meta';

/** A codec around another: `rans(rtn(bits=4))`. Default export of codec.ts where `meta.wraps`. */
export interface Wrapper {
  meta: CodecMeta;
  /**
   * The codec that results; its methods take the wrapper's own options.
   * @throws LabError bad-plan when it cannot wrap this codec
   */
  wrap: (inner: Codec, innerOptions: CodecOptions) => Codec;
}

/** Makes a wrapper whose codecs have the types of its own options. */
export function defineWrapper<Meta extends CodecMeta>(
  meta: Meta,
  wrap: (inner: Codec, innerOptions: CodecOptions) => Codec<OptionsOf<Meta>>,
): Wrapper {
  // `completeOptions` has checked every option against the metadata.
  return { meta, wrap: (inner, innerOptions) => wrap(inner, innerOptions) as Codec };
}
