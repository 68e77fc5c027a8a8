// Vectors of 8 weights (condition `eight`) or of 4, whose upper half is then neither stored nor computed.
// Rows of W lie transposed: component i of group g of a row is element ((g · size + i) · rows + row), so that neighbouring
// threads (rows) read neighbouring words.

struct Vector { lo: vec4f, hi: vec4f }

@if(eight) const SIZE = 8u;
@else const SIZE = 4u;

fn dotVector(a: Vector, b: Vector) -> f32 {
  var sum = dot(a.lo, b.lo);
  @if(eight) { sum += dot(a.hi, b.hi); }
  return sum;
}

fn plus(a: Vector, b: Vector) -> Vector { return Vector(a.lo + b.lo, a.hi + b.hi); }

fn minus(a: Vector, b: Vector) -> Vector { return Vector(a.lo - b.lo, a.hi - b.hi); }

fn scaled(a: Vector, factor: f32) -> Vector { return Vector(a.lo * factor, a.hi * factor); }
