// The order of llama.cpp's TQ2_0 is that of encodeTq2. Code 3, which no encoder writes, is +2 as in llama.cpp.
import package::common::float16::halfBitsToFloat;
import package::codecs::kit::ternaryBlocks::decodeSource::byteAt;

fn valueBits(row: u32, column: u32) -> u32 {
  let block = 66u * (column / 256u);
  let element = column % 256u;
  let byte = byteAt(row, block + 32u * (element / 128u) + element % 32u);
  let code = (byte >> (2u * ((element % 128u) / 32u))) & 3u;
  let scale = halfBitsToFloat(byteAt(row, block + 64u) | (byteAt(row, block + 65u) << 8u));
  return bitcast<u32>(f32(i32(code) - 1) * scale);
}
