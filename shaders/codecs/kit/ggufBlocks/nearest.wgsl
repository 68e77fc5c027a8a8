// The unsigned code whose value is nearest to a weight, by the step and the offset of its group.
import package::codecs::kit::ggufBlocks::encodeSource::{add, mul, div, inverseOf};
import package::codecs::kit::ggufBlocks::levels::levelIndex;
import package::codecs::kit::ggufBlocks::fields::{ZERO, TOP, LEVELS};

/// x ≈ step · code − offset, for a step other than 0 unless codes are levels.
fn nearestCode(value: f32, step: f32, offset: f32) -> u32 {
  if (LEVELS == 1u) { return levelIndex(mul(inverseOf(step), value)); }
  let code = round(div(add(value, offset), step));
  return u32(i32(clamp(code, -f32(ZERO), TOP - f32(ZERO))) + i32(ZERO));
}
