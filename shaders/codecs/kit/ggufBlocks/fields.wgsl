// The fields of a block of llama.cpp, by the constants of src/codecs/kit/ggufBlocks/fields.ts. Codes have low bits and may have high
// ones; `run` values take run · bits ÷ 8 bytes, and value i of a run has bits of byte i modulo these.

/// Values and bytes of a block, and values that share a scale.
override BLOCK = 32u;
override BYTES = 18u;
override GROUP = 32u;
/// Where the float16 scale of the block is, and its minimum; they are equal if there is none.
override D_AT = 0u;
override MIN_AT = 0u;
override LOW_AT = 2u;
override LOW_BITS = 4u;
override LOW_RUN = 32u;
override HIGH_AT = 0u;
override HIGH_BITS = 0u;
override HIGH_RUN = 8u;
/// The code of the value 0.
override ZERO = 8u;
/// The largest unsigned code.
override TOP = 15.0;
/// The packing of the groups' scales: 0 none, 1 Q2_K, 2 Q4_K and Q5_K, 3 Q3_K, 4 Q6_K, 5 IQ4_XS.
override SCALES = 0u;
override SCALES_AT = 0u;
/// 1 if codes are indices of levels.
override LEVELS = 0u;

/// The 16 levels of IQ4_NL and IQ4_XS.
const LEVEL = array<f32, 16>(
  -127.0, -104.0, -83.0, -65.0, -49.0, -35.0, -22.0, -10.0, 1.0, 13.0, 25.0, 38.0, 53.0, 69.0, 89.0, 113.0);

/// Byte and shift of value i's low bits in a block.
fn lowPlace(i: u32) -> vec2u {
  let bytes = LOW_RUN * LOW_BITS / 8u;
  return vec2u(LOW_AT + (i / LOW_RUN) * bytes + (i % LOW_RUN) % bytes, LOW_BITS * ((i % LOW_RUN) / bytes));
}

/// Byte and shift of value i's high bits in a block.
fn highPlace(i: u32) -> vec2u {
  let bytes = HIGH_RUN * HIGH_BITS / 8u;
  return vec2u(HIGH_AT + (i / HIGH_RUN) * bytes + (i % HIGH_RUN) % bytes, HIGH_BITS * ((i % HIGH_RUN) / bytes));
}
