// What the kernels share that encode blocks of llama.cpp. They compute in float32 as ggml-quants.c does, with a rounding after every
// operation, so that their bytes are those of src/formats/gguf.
import package::common::float32::{rounded, quotient, root};

/// `group` is the number of weights that share a scale, `unchanged` 0. Neither is a constant, and loops end at them: some compilers
/// take seconds for a search whose loops they unroll.
struct Params { count: u32, columns: u32, group: u32, unchanged: u32 }
@group(0) @binding(0) var<uniform> params: Params;

/// Magnitudes below this count as 0, `GROUP_MAX_EPS`.
const NEGLIGIBLE = 1e-15;

fn mul(a: f32, b: f32) -> f32 {
  return rounded(a * b, params.unchanged);
}

fn add(a: f32, b: f32) -> f32 {
  return rounded(a + b, params.unchanged);
}

fn sub(a: f32, b: f32) -> f32 {
  return rounded(a - b, params.unchanged);
}

fn div(a: f32, b: f32) -> f32 {
  return quotient(a, b, params.unchanged);
}

fn squareRoot(x: f32) -> f32 {
  return root(x, params.unchanged);
}

/// 1 ÷ x, or 0 for 0.
fn inverseOf(x: f32) -> f32 {
  if (x == 0.0) { return 0.0; }
  return div(1.0, x);
}

/// The values of a group, or the scales of a block, and the weights of their errors.
var<private> x: array<f32, 32>;
var<private> w: array<f32, 32>;
/// Signed codes, where a search changes single ones.
var<private> codes: array<i32, 32>;

/// The first of `n` values with the largest magnitude.
fn largest(n: u32) -> f32 {
  var best = 0.0;
  for (var i = 0u; i < n; i++) { best = select(best, x[i], abs(x[i]) > abs(best)); }
  return best;
}
