// The scales of a row's blocks are float16 bits, one word each, `groupsPerRow` per row.
import package::codecs::kit::ternaryBlocks::encodeSource::params;

@group(0) @binding(4) var<storage, read> scales: array<u32>;

/// Reads the low (0) or high (1) byte of a block's float16 scale.
fn scaleByte(row: u32, block: u32, index: u32) -> u32 {
  return (scales[row * params.groupsPerRow + block] >> (8u * index)) & 255u;
}
