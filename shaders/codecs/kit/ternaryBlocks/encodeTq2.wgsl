// llama.cpp's TQ2_0 has blocks of 256 weights in 66 bytes. Byte m of each of two runs of 32 holds the trits of weights m, m + 32,
// m + 64 and m + 96 of its half, the first in the lowest two bits; then comes the float16 scale.
import package::codecs::kit::ternaryBlocks::encodeSource::tritAt;
import package::codecs::kit::ternaryBlocks::blockScale::scaleByte;

fn byteOf(row: u32, at: u32) -> u32 {
  let block = at / 66u;
  let byte = at % 66u;
  if (byte >= 64u) { return scaleByte(row, block, byte - 64u); }
  let first = 256u * block + 128u * (byte / 32u) + byte % 32u;
  return tritAt(row, first) | (tritAt(row, first + 32u) << 2u) | (tritAt(row, first + 64u) << 4u)
    | (tritAt(row, first + 96u) << 6u);
}
