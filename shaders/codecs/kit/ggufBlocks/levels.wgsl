// The search for the scale of IQ4_NL's and IQ4_XS's levels, the loop of `quantize_row_iq4_nl_impl`.
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, sub, mul, div, inverseOf, largest, x, w, codes, NEGLIGIBLE};
import package::codecs::kit::ggufBlocks::fields::LEVEL;

/// The index of the level nearest to a value; the upper one if two are equally near.
fn levelIndex(value: f32) -> u32 {
  if (!(value > LEVEL[0])) { return 0u; }
  if (value >= LEVEL[15]) { return 15u; }
  var upper = 1u;
  while (value >= LEVEL[upper]) { upper++; }
  return select(upper, upper - 1u, sub(value, LEVEL[upper - 1u]) < sub(LEVEL[upper], value));
}

/// Weighted sums of values times levels and of squared levels.
fn levelSums(n: u32, inverse: f32) -> vec2f {
  var sums = vec2f();
  for (var i = 0u; i < n; i++) {
    let level = LEVEL[levelIndex(mul(inverse, x[i]))];
    let weighted = mul(w[i], level);
    sums = vec2f(add(sums.x, mul(weighted, x[i])), add(sums.y, mul(weighted, level)));
  }
  return sums;
}

/// Searches the scale of the levels among 16 that bring the value of largest magnitude near the first one.
fn levelScale(n: u32) -> f32 {
  let top = largest(n);
  if (abs(top) < NEGLIGIBLE) { return 0.0; }
  var sums = levelSums(n, inverseOf(div(top, 127.0)));
  var d = div(sums.x, sums.y);
  var best = mul(d, sums.x);
  for (var step = -7; step <= 7 + i32(params.unchanged); step++) {
    sums = levelSums(n, div(f32(step) - 127.0, top));
    if (!(sums.y > 0.0 && mul(sums.x, sums.x) > mul(best, sums.y))) { continue; }
    d = div(sums.x, sums.y);
    best = mul(d, sums.x);
  }
  return d;
}

fn levelSearch() -> vec2f {
  let scale = levelScale(params.group);
  let inverse = inverseOf(scale);
  for (var i = 0u; i < params.group; i++) { codes[i] = i32(levelIndex(mul(inverse, x[i]))); }
  return vec2f(scale, 0.0);
}
