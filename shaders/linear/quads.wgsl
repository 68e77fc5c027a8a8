// Products of four columns at a time in float32, or with condition int8 as exact sums of int8 products. Condition dot4: the
// device has an instruction for four int8 products.

/// Four columns of a row.
@if(!int8) alias Quad = vec4f;
@if(int8 && dot4) alias Quad = u32;
@if(int8 && !dot4) alias Quad = vec4i;
/// A sum of products.
@if(!int8) alias Total = f32;
@if(int8) alias Total = i32;
@if(!int8) alias Totals = vec4f;
@if(int8) alias Totals = vec4i;

/// 1 ÷ 127 as in bitsandbytes: the step of the int8 codes of a row with a largest magnitude of 1.
const STEP_OF_LARGEST = 7.874015718698502e-3;

fn product(a: Quad, b: Quad) -> Total {
  @if(int8 && dot4) return dot4I8Packed(a, b);
  @else return dot(a, b);
}

/// The four int8 of a word as a quad.
fn int8Quad(word: u32) -> Quad {
  @if(!int8) return vec4f(signedBytes(word));
  @if(int8 && dot4) return word;
  @if(int8 && !dot4) return signedBytes(word);
}

/// The four bytes of a word in two's complement, the lowest first.
fn signedBytes(word: u32) -> vec4i {
  return vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u);
}
