// Scales from the extreme values of a block of one group, without a search.
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, sub, mul, div, inverseOf, largest, x, codes};
import package::codecs::kit::ggufBlocks::fields::{ZERO, TOP};

/// Gives the value of largest magnitude the lowest code, `quantize_row_q4_0_ref`.
fn fromExtreme() -> vec2f {
  let zero = f32(ZERO);
  let d = largest(params.group) / -zero;
  let inverse = inverseOf(d);
  for (var i = 0u; i < params.group; i++) { codes[i] = i32(min(TOP, trunc(add(mul(x[i], inverse), zero + 0.5)))); }
  return vec2f(d, 0.0);
}

/// Gives the smallest value the lowest and the largest the highest code, `quantize_row_q4_1_ref`.
fn fromRange() -> vec2f {
  var low = x[0];
  var high = x[0];
  for (var i = 1u; i < params.group; i++) {
    low = select(low, x[i], x[i] < low);
    high = select(high, x[i], x[i] > high);
  }
  let d = div(sub(high, low), TOP);
  let inverse = inverseOf(d);
  for (var i = 0u; i < params.group; i++) { codes[i] = i32(min(TOP, trunc(add(mul(sub(x[i], low), inverse), 0.5)))); }
  return vec2f(d, low);
}

/// Gives the value of largest magnitude the code ±127, halves away from zero, `quantize_row_q8_0_ref`.
fn fromMagnitude() -> vec2f {
  let d = div(abs(largest(params.group)), 127.0);
  let inverse = inverseOf(d);
  for (var i = 0u; i < params.group; i++) {
    let scaled = mul(x[i], inverse);
    let whole = trunc(scaled);
    let away = select(0.0, sign(scaled), abs(sub(scaled, whole)) >= 0.5);
    codes[i] = i32(whole + away) + i32(ZERO);
  }
  return vec2f(d, 0.0);
}
