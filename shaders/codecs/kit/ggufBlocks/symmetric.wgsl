// Searches for the scale of signed codes: `make_qx_quants` with rmse_type 1, and `make_q3_quants`.
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, sub, mul, div, largest, x, w, codes, NEGLIGIBLE};
import package::codecs::kit::ggufBlocks::fields::ZERO;

fn symmetricSearch() -> vec2f {
  return withZero(symmetricScale(params.group, f32(ZERO)));
}

fn refinedSearch() -> vec2f {
  return withZero(refinedScale(params.group, f32(ZERO)));
}

fn withZero(scale: f32) -> vec2f {
  for (var i = 0u; i < params.group; i++) { codes[i] += i32(ZERO); }
  return vec2f(scale, 0.0);
}

/// Weighted sums of values times codes and of squared codes.
struct Sums { lx: f32, l2: f32 }

fn symmetricCode(value: f32, inverse: f32, limit: f32) -> f32 {
  return clamp(round(mul(inverse, value)), -limit, limit - 1.0);
}

fn addCode(sums: ptr<function, Sums>, i: u32, l: f32) {
  (*sums).lx = add((*sums).lx, mul(mul(w[i], x[i]), l));
  (*sums).l2 = add((*sums).l2, mul(mul(w[i], l), l));
}

fn symmetricSums(n: u32, inverse: f32, limit: f32) -> Sums {
  var sums = Sums(0.0, 0.0);
  for (var i = 0u; i < n; i++) { addCode(&sums, i, symmetricCode(x[i], inverse, limit)); }
  return sums;
}

/// Searches the scale of codes −limit … limit − 1 and sets `codes`; `make_qx_quants` with rmse_type 1.
fn symmetricScale(n: u32, limit: f32) -> f32 {
  let top = largest(n);
  if (abs(top) < NEGLIGIBLE) { return zeroCodes(n); }
  var inverse = div(-limit, top);
  var sums = symmetricSums(n, inverse, limit);
  var scale = 0.0;
  if (sums.l2 != 0.0) { scale = div(sums.lx, sums.l2); }
  var best = mul(scale, sums.lx);
  for (var step = -9; step <= 9 + i32(params.unchanged); step++) {
    if (step == 0) { continue; }
    let tried = div(-add(limit, mul(0.1, f32(step))), top);
    sums = symmetricSums(n, tried, limit);
    if (!(sums.l2 > 0.0 && mul(sums.lx, sums.lx) > mul(best, sums.l2))) { continue; }
    inverse = tried;
    scale = div(sums.lx, sums.l2);
    best = mul(scale, sums.lx);
  }
  for (var i = 0u; i < n; i++) { codes[i] = i32(symmetricCode(x[i], inverse, limit)); }
  return scale;
}

fn zeroCodes(n: u32) -> f32 {
  for (var i = 0u; i < n; i++) { codes[i] = 0; }
  return 0.0;
}

/// Rounds to codes −limit … limit − 1 and changes single ones while that reduces the error; `make_q3_quants`.
fn refinedScale(n: u32, limit: f32) -> f32 {
  let top = largest(n);
  if (abs(top) < NEGLIGIBLE) { return zeroCodes(n); }
  let inverse = div(-limit, top);
  for (var i = 0u; i < n; i++) { codes[i] = i32(symmetricCode(x[i], inverse, limit)); }
  var sums = symmetricSums(n, inverse, limit);
  improveCodes(n, &sums, -limit, limit - 1.0);
  if (sums.l2 > 0.0) { return div(sums.lx, sums.l2); }
  return 0.0;
}

/// Changes single codes while that reduces the error, in at most five passes.
fn improveCodes(n: u32, sums: ptr<function, Sums>, low: f32, high: f32) {
  for (var turn = 0; turn < 5 + i32(params.unchanged); turn++) {
    var changed = false;
    for (var i = 0u; i < n; i++) { changed = improveCode(i, sums, low, high) || changed; }
    if (!changed) { return; }
  }
}

/// Gives value i the code that fits the scale of the others, if that reduces the error.
fn improveCode(i: u32, sums: ptr<function, Sums>, low: f32, high: f32) -> bool {
  let old = f32(codes[i]);
  let wx = mul(w[i], x[i]);
  var lx = sub((*sums).lx, mul(wx, old));
  if (!(lx > 0.0)) { return false; }
  var l2 = sub((*sums).l2, mul(mul(w[i], old), old));
  if (low == 0.0 && !(l2 > 0.0)) { return false; }
  let code = clamp(round(div(mul(x[i], l2), lx)), low, high);
  if (code == old) { return false; }
  lx = add(lx, mul(wx, code));
  l2 = add(l2, mul(mul(w[i], code), code));
  if (!(l2 > 0.0 && mul(mul(lx, lx), (*sums).l2) > mul(mul((*sums).lx, (*sums).lx), l2))) { return false; }
  codes[i] = i32(code);
  *sums = Sums(lx, l2);
  return true;
}
