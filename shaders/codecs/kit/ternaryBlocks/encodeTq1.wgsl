// llama.cpp's TQ1_0 has blocks of 256 weights in 54 bytes. Bytes 0 … 31 hold five trits each, 32 weights apart; 32 … 47 five, 16
// apart; 48 … 51 four, 4 apart; then comes the float16 scale. A byte is ⌈code · 256 ÷ 243⌉, the first trit with weight 81.
import package::codecs::kit::ternaryBlocks::encodeSource::tritAt;
import package::codecs::kit::ternaryBlocks::blockScale::scaleByte;

fn byteOf(row: u32, at: u32) -> u32 {
  let block = at / 54u;
  let byte = at % 54u;
  if (byte >= 52u) { return scaleByte(row, block, byte - 52u); }
  if (byte < 32u) { return packed(row, 256u * block + byte, 32u, 5u); }
  if (byte < 48u) { return packed(row, 256u * block + 160u + byte - 32u, 16u, 5u); }
  return packed(row, 256u * block + 240u + byte - 48u, 4u, 4u);
}

/// Packs `count` trits from column `first` on, `step` columns apart.
fn packed(row: u32, first: u32, step: u32, count: u32) -> u32 {
  var code = 0u;
  var power = 81u;
  for (var n = 0u; n < count; n++) {
    code += power * tritAt(row, first + n * step);
    power /= 3u;
  }
  return (code * 256u + 242u) / 243u;
}
