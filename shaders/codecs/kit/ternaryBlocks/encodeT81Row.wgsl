// In t81's rows eight trits are one number of 13 bits in two bytes, in base 3, the first trit with weight 1; +1 is digit 0, 0 is 1
// and −1 is 2.
import package::codecs::kit::ternaryBlocks::encodeSource::tritAt;

fn byteOf(row: u32, at: u32) -> u32 {
  let first = 8u * (at / 2u);
  var number = 0u;
  for (var i = 8u; i > 0u; i--) { number = 3u * number + 2u - tritAt(row, first + i - 1u); }
  return (number >> (8u * (at % 2u))) & 255u;
}
