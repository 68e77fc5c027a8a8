import { LabError } from '../../../base/errors';
import { bfloat16BitsToFloat, floatToBfloat16Bits } from '../../../base/float16';
import { defineBlockType } from '../blockType';

const INFINITY = 0x7f80;

export default defineBlockType({
  id: 30,
  name: 'BF16',
  blockSize: 1,
  blockBytes: 2,

  encodeBlock(values, from, bytes, to) {
    const bits = floatToBfloat16Bits(values[from]);
    if ((bits & 0x7fff) === INFINITY)
      throw new LabError(
        'not-finite',
        `Value ${from} is ${values[from]}, which rounds to infinity in BF16.`,
        'Use F32 for this tensor, or scale the weights down.',
      );
    bytes.setUint16(to, bits, true);
  },

  decodeBlock(bytes, from, values, to) {
    values[to] = bfloat16BitsToFloat(bytes.getUint16(from, true));
  },
});
