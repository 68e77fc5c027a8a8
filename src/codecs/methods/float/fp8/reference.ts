import { bfloat16BitsToFloat } from '../../../../base/float16';
import { float8Values, toFloat8 } from '../../../../base/float8';
import { REFERENCE_TENSOR } from '../../../contract/codec';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { bits16Of, bytesOf16 } from '../../../kit/storedFloats';
import { fp8Parts, scaleIndex, type Fp8Layout, type Fp8Parts } from './layout';
import { scaleBits } from './scale';

export const fp8Reference: ReferenceDefinition<Fp8Layout, Fp8Parts> = {
  encode(values, layout) {
    const { rows, columns, format, rowBytes, blocks } = layout;
    const { codes } = zeroedParts(fp8Parts(layout));
    const largest = new Float64Array(blocks[0] * blocks[1]);
    const at = (i: number) => scaleIndex(layout, Math.floor(i / columns), i % columns);
    for (let i = 0; i < rows * columns; i++) largest[at(i)] = Math.max(largest[at(i)], Math.abs(values[i]));
    const scales = Uint16Array.from(largest, (max) => scaleBits(REFERENCE_TENSOR, max, format));
    for (let i = 0; i < rows * columns; i++) {
      const scale = bfloat16BitsToFloat(scales[at(i)]);
      const code = scale === 0 ? 0 : toFloat8(values[i] / scale, format);
      // Zero has no sign, since an adapter may flush a subnormal weight.
      codes[Math.floor(i / columns) * rowBytes + (i % columns)] = code === 0x80 ? 0 : code;
    }
    return { codes, scales: bytesOf16(scales) };
  },

  decode({ codes, scales }, layout) {
    const { rows, columns, format, rowBytes } = layout;
    const table = float8Values(format);
    const bits = bits16Of(scales);
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return (
        bfloat16BitsToFloat(bits[scaleIndex(layout, row, column)]) * table[codes[row * rowBytes + column]]
      );
    });
  },
};
