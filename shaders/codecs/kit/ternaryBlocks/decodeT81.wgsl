// In t81's limbs column k is digit k mod 3 of byte k ÷ 3, without a scale.
import package::codecs::kit::ternaryBlocks::digit::digitOf;
import package::codecs::kit::ternaryBlocks::decodeSource::{byteAt, signedBits};

const ONE = 0x3f800000u;

fn valueBits(row: u32, column: u32) -> u32 {
  return signedBits(digitOf(byteAt(row, column / 3u), column % 3u), ONE);
}
