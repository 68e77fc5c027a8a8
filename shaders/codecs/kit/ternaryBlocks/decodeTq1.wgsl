// In llama.cpp's TQ1_0 trit n of a byte is the integer part of 3 · (byte · 3ⁿ mod 256) ÷ 256. The order is that of encodeTq1.
import package::common::float16::halfBitsToFloat;
import package::codecs::kit::ternaryBlocks::digit::powerOf3;
import package::codecs::kit::ternaryBlocks::decodeSource::byteAt;

fn valueBits(row: u32, column: u32) -> u32 {
  let block = 54u * (column / 256u);
  let place = placeOf(column % 256u);
  let trit = (((byteAt(row, block + place.x) * powerOf3(place.y)) & 255u) * 3u) >> 8u;
  let scale = halfBitsToFloat(byteAt(row, block + 52u) | (byteAt(row, block + 53u) << 8u));
  return bitcast<u32>(f32(i32(trit) - 1) * scale);
}

/// Finds the byte of a block's weight, and the index of its trit.
fn placeOf(element: u32) -> vec2u {
  if (element < 160u) { return vec2u(element % 32u, element / 32u); }
  if (element < 240u) { return vec2u(32u + (element - 160u) % 16u, (element - 160u) / 16u); }
  return vec2u(48u + (element - 240u) % 4u, (element - 240u) / 4u);
}
