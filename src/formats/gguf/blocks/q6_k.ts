import { defineBlockType, getHalf, setHalf } from '../blockType';
import { limited, NEGLIGIBLE, nearestInteger, symmetricScale } from '../scaleSearch';
import { SUPER_BLOCK } from '../superBlock';

const f = Math.fround;
const GROUP = 16;
const COUNT = SUPER_BLOCK / GROUP;
const LOW = 0;
const HIGH = 128;
const SCALES = 192;
const D = 208;
const ZERO = 32;

/**
 * A block holds 256 values in groups of 16: the low four and the high two bits of codes −32 … 31, a signed byte per group as
 * its scale, then d as float16. Source: ggml, quantize_row_q6_K_ref and _impl.
 */
export default defineBlockType({
  id: 14,
  name: 'Q6_K',
  blockSize: SUPER_BLOCK,
  blockBytes: D + 2,

  encodeBlock(values, from, bytes, to) {
    const x = values.subarray(from, from + SUPER_BLOCK);
    encode(
      x,
      x.map((value) => f(value * value)),
      bytes,
      to,
    );
  },

  encodeWeighted: (values, from, bytes, to, importance) =>
    encode(values.subarray(from, from + SUPER_BLOCK), importance, bytes, to),

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from + D);
    for (let i = 0; i < SUPER_BLOCK; i++) {
      const scale = f(d * bytes.getInt8(from + SCALES + Math.floor(i / GROUP)));
      values[to + i] = f(scale * code(bytes, from, i));
    }
  },
});

function encode(x: Float32Array, weights: Float32Array, bytes: DataView, to: number): void {
  const codes = new Int8Array(SUPER_BLOCK);
  const scales = new Float32Array(COUNT);
  let max = 0;
  for (let g = 0; g < COUNT; g++) {
    const at = [g * GROUP, (g + 1) * GROUP] as const;
    scales[g] = symmetricScale(x.subarray(...at), weights.subarray(...at), ZERO, codes.subarray(...at));
    if (Math.abs(scales[g]) > Math.abs(max)) max = scales[g];
  }
  if (Math.abs(max) < NEGLIGIBLE) return;
  const inverse = f(-128 / max);
  setHalf(bytes, to + D, f(1 / inverse), 'Q6_K');
  const d = getHalf(bytes, to + D);
  for (let g = 0; g < COUNT; g++) {
    const stored = Math.min(127, nearestInteger(f(inverse * scales[g])));
    bytes.setInt8(to + SCALES + g, stored);
    const scale = f(d * stored);
    if (scale === 0) continue;
    for (let i = g * GROUP; i < (g + 1) * GROUP; i++)
      codes[i] = limited(nearestInteger(f(x[i] / scale)), -ZERO, ZERO - 1);
  }
  codes.forEach((signed, i) => setCode(bytes, to, i, signed + ZERO));
}

/** Where code `i` is: its byte and shift among the low and among the high bits. */
function place(i: number) {
  const half = i >>> 7;
  const quarter = (i >>> 5) & 3;
  return {
    low: LOW + 64 * half + 32 * (quarter & 1) + (i & 31),
    lowShift: 4 * (quarter >>> 1),
    high: HIGH + 32 * half + (i & 31),
    highShift: 2 * quarter,
  };
}

function setCode(bytes: DataView, to: number, i: number, unsigned: number): void {
  const { low, lowShift, high, highShift } = place(i);
  bytes.setUint8(to + low, bytes.getUint8(to + low) | ((unsigned & 15) << lowShift));
  bytes.setUint8(to + high, bytes.getUint8(to + high) | ((unsigned >>> 4) << highShift));
}

function code(bytes: DataView, from: number, i: number): number {
  const { low, lowShift, high, highShift } = place(i);
  const bits =
    ((bytes.getUint8(from + low) >>> lowShift) & 15) |
    (((bytes.getUint8(from + high) >>> highShift) & 3) << 4);
  return bits - ZERO;
}
