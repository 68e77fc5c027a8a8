// These functions compute modulus and phase of complex numbers.

const PI = 3.14159265358979;

/// Computes |z| without intermediate overflow, exactly for real and imaginary numbers.
fn modulus(z: vec2f) -> f32 {
  let size = abs(z);
  let larger = max(size.x, size.y);
  if (larger == 0.0) { return 0.0; }
  let ratio = min(size.x, size.y) / larger;
  return larger * sqrt(1.0 + ratio * ratio);
}

/// Computes arg z in [−π, π]: 0 for 0, and π for negative reals with either sign of the zero.
fn phase(z: vec2f) -> f32 {
  if (z.y == 0.0) { return select(0.0, PI, z.x < 0.0); }
  return atan2(z.y, z.x);
}
