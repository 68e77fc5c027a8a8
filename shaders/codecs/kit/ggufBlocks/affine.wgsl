// The search for scale and minimum of a group, x ≈ scale · code − minimum, of `make_qkx2_quants` and `make_qkx3_quants`. It tries
// range ÷ (TOP + FIRST + STEP · i) for i = 0 … STEPS and goes on from the best minimum so far.
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, sub, mul, div, x, w, codes};
import package::codecs::kit::ggufBlocks::fields::{SCALES, TOP};

override FIRST = -1.0;
override STEP = 0.1;
override STEPS = 20;
/// Whether the error is the weighted sum of magnitudes instead of squares.
override ABSOLUTE = 0u;

struct Affine { scale: f32, minimum: f32 }

fn affineCode(value: f32, inverse: f32, minimum: f32) -> f32 {
  return clamp(round(mul(inverse, sub(value, minimum))), 0.0, TOP);
}

/// Weighted sums of codes, squared codes, and codes times values.
fn affineSums(n: u32, inverse: f32, minimum: f32) -> vec3f {
  var sums = vec3f();
  for (var i = 0u; i < n; i++) {
    let code = affineCode(x[i], inverse, minimum);
    let wl = mul(w[i], code);
    sums = vec3f(add(sums.x, wl), add(sums.y, mul(wl, code)), add(sums.z, mul(wl, x[i])));
  }
  return sums;
}

/// The weighted error of a scale and minimum, with the codes of another.
fn affineError(n: u32, inverse: f32, minimum: f32, fitted: Affine) -> f32 {
  var error = 0.0;
  for (var i = 0u; i < n; i++) {
    let code = affineCode(x[i], inverse, minimum);
    let difference = sub(add(mul(fitted.scale, code), fitted.minimum), x[i]);
    let size = select(mul(difference, difference), abs(difference), ABSOLUTE == 1u);
    error = add(error, mul(w[i], size));
  }
  return error;
}

/// Fits scale and minimum to the codes with these sums.
fn fit(sums: vec3f, sumW: f32, sumX: f32, determinant: f32) -> Affine {
  let minimum = div(sub(mul(sums.y, sumX), mul(sums.x, sums.z)), determinant);
  if (minimum > 0.0) { return Affine(div(sums.z, sums.y), 0.0); }
  return Affine(div(sub(mul(sumW, sums.z), mul(sumX, sums.x)), determinant), minimum);
}

/// Searches scale and minimum of `n` values and sets `codes`. The minimum that is returned is ≥ 0.
fn affineScale(n: u32) -> Affine {
  var low = x[0];
  var high = x[0];
  var sumW = w[0];
  var sumX = mul(w[0], x[0]);
  for (var i = 1u; i < n; i++) {
    low = select(low, x[i], x[i] < low);
    high = select(high, x[i], x[i] > high);
    sumW = add(sumW, w[i]);
    sumX = add(sumX, mul(w[i], x[i]));
  }
  low = select(low, 0.0, low > 0.0);
  if (high == low) {
    for (var i = 0u; i < n; i++) { codes[i] = 0; }
    return Affine(0.0, -low);
  }
  // The codes are those of `inverse` and `low`; scale and minimum are fitted to them.
  var inverse = div(TOP, sub(high, low));
  var best = Affine(div(1.0, inverse), low);
  var least = affineError(n, inverse, low, best);
  for (var i = 0; i <= STEPS + i32(params.unchanged); i++) {
    let tried = div(add(add(FIRST, mul(STEP, f32(i))), TOP), sub(high, best.minimum));
    let sums = affineSums(n, tried, best.minimum);
    let determinant = sub(mul(sumW, sums.y), mul(sums.x, sums.x));
    if (!(determinant > 0.0)) { continue; }
    let fitted = fit(sums, sumW, sumX, determinant);
    let error = affineError(n, tried, best.minimum, fitted);
    if (!(error < least)) { continue; }
    least = error;
    inverse = tried;
    low = best.minimum;
    best = fitted;
  }
  for (var i = 0u; i < n; i++) { codes[i] = i32(affineCode(x[i], inverse, low)); }
  return Affine(best.scale, -best.minimum);
}

/// The minimum is stored as a magnitude, or in blocks of one group as the value of code 0.
fn affineSearch() -> vec2f {
  let best = affineScale(params.group);
  return vec2f(best.scale, select(best.minimum, -best.minimum, SCALES == 0u));
}
