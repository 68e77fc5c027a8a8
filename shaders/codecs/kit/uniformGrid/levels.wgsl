// A group of rtn has integers q in [lowest, highest] with w ≈ q · scale (src/codecs/kit/uniformGrid/reference.ts).
// Symmetric: lowest = −levels, highest = levels. Asymmetric: lowest = −zero, highest = levels − zero.
import package::common::rounding::roundedQuotient;

/// The magnitude to which larger ones are clamped. Beyond it every scale overflows float16 anyway, and no sum becomes infinite.
const HUGE = 1e30;

struct Levels {
  lowest: i32,
  highest: i32,
}

fn levelsOf(asymmetric: bool, levels: u32, zero: u32) -> Levels {
  if (asymmetric) { return Levels(-i32(zero), i32(levels) - i32(zero)); }
  return Levels(-i32(levels), i32(levels));
}

/// Rounds w ÷ scale to the nearest integer, half away from zero, within the group's levels. The result is 0 for a scale of 0.
fn quantise(w: f32, scale: f32, range: Levels) -> i32 {
  if (scale == 0.0) { return 0; }
  // Beyond 1024 scales every code is at its limit. The bound keeps the quotient in the range where it is exact.
  let q = i32(roundedQuotient(min(abs(w), 1024.0 * scale), scale));
  return clamp(select(q, -q, w < 0.0), range.lowest, range.highest);
}
