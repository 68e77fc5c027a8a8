import { float8Max } from '../../../../base/float8';
import { defineCodec } from '../../../contract/defineCodec';
import { decodeFp8 } from './decode';
import { encodeFp8 } from './encode';
import { fp8Layout, fp8Parts } from './layout';
import meta from './meta';
import { packableFloat8 } from './packable';
import { fp8Reference } from './reference';
import { MIN_SCALE } from './scale';

export default defineCodec(meta, {
  layout: fp8Layout,
  parts: fp8Parts,
  encode: encodeFp8,
  decode: decodeFp8,
  packable: packableFloat8,
  reference: fp8Reference,
  // Half a unit in the last place of the largest magnitude, at most 2⁻⁴ or 2⁻³ of it, with room for the rounding of the scale; or all of
  // weights that are too small for a scale.
  errorBound: ({ format }) => {
    const relative = format === 'e4m3' ? 2 ** -4 : 2 ** -3;
    return (largest) => relative * largest + 2 * MIN_SCALE * float8Max(format);
  },
});
