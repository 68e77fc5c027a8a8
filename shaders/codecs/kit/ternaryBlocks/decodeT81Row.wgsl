// In t81's rows column k is digit k mod 8 of number k ÷ 8, where 0 is +1 and 2 is −1; scales: float32 bits by row.
import package::codecs::kit::ternaryBlocks::digit::digitOf;
import package::codecs::kit::ternaryBlocks::decodeSource::{byteAt, signedBits};

@group(0) @binding(3) var<storage, read> scales: array<u32>;

fn valueBits(row: u32, column: u32) -> u32 {
  let at = 2u * (column / 8u);
  let number = byteAt(row, at) | (byteAt(row, at + 1u) << 8u);
  return signedBits(2u - digitOf(number, column % 8u), scales[row]);
}
