// In t81's limbs byte `at` of a row is a tryte t0 + 3·t1 + 9·t2 + 13 of three trits −1, 0, +1.
import package::codecs::kit::ternaryBlocks::encodeSource::tritAt;

fn byteOf(row: u32, at: u32) -> u32 {
  return tritAt(row, 3u * at) + 3u * tritAt(row, 3u * at + 1u) + 9u * tritAt(row, 3u * at + 2u);
}
