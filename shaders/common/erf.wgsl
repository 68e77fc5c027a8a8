// The error function with an absolute error of about 1e-7, since WGSL has none: least-squares polynomials on Chebyshev nodes
// over three ranges of |x|, evaluated by Horner's rule. From 4 on the value is ±1 in float32.

fn erf(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.875) { return x * erfNear(x * x); }
  if (a < 2.125) { return sign(x) * erfMiddle(a - 1.5); }
  if (a < 4.0) { return sign(x) * erfFar(a - 3.0625); }
  return sign(x);
}

/// erf(√t) ÷ √t for t in [0, 0.875²].
fn erfNear(t: f32) -> f32 {
  return 1.12837916 + t * (-0.376125558 + t * (0.112825105 + t * (-0.0267934526 + t * (0.00503512216 + t * -0.000621850334))));
}

/// erf(1.5 + u) for |u| ≤ 0.625.
fn erfMiddle(u: f32) -> f32 {
  let high = -0.0148831744 + u * (0.0193372154 + u * (-0.0046433444 + u * (-0.00240904571 + u * 0.00145002714)));
  return 0.966105146 + u * (0.118930266 + u * (-0.178395384 + u * (0.138753176 + u * (-0.0446000742 + u * high))));
}

/// erf(3.0625 + u) for |u| ≤ 0.9375.
fn erfFar(u: f32) -> f32 {
  let high = 0.000762000624 + u * (-0.000605073928 + u * (0.000345280808 + u * -0.0000966136829));
  return 0.999985174 + u * (9.52692518e-5 + u * (-0.00029282128 + u * (0.000565654147 + u * (-0.000759108797 + u * high))));
}
