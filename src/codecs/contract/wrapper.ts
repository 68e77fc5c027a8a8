import type { Codec } from './codec';
import type { CodecMeta, CodecOptions, OptionsOf } from './meta';

/** Wraps other codecs, as in `rans(rtn(bits=4))`. It is the default export of codec.ts where `meta.wraps` is set. */
export interface Wrapper {
  meta: CodecMeta;
  /**
   * Wraps a codec. The methods of the result take the wrapper's own options.
   * @throws LabError bad-plan for a codec that it cannot wrap
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
