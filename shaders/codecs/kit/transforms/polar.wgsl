// Modulus and phase of complex numbers.

const PI = 3.14159265358979;

/// |z| without overflow on the way; exact for real and imaginary numbers.
fn modulus(z: vec2f) -> f32 {
  let size = abs(z);
  let most = max(size.x, size.y);
  if (most == 0.0) { return 0.0; }
  let ratio = min(size.x, size.y) / most;
  return most * sqrt(1.0 + ratio * ratio);
}

/// arg z in [−π, π]; 0 for 0, π for negative reals of either sign of zero.
fn phase(z: vec2f) -> f32 {
  if (z.y == 0.0) { return select(0.0, PI, z.x < 0.0); }
  return atan2(z.y, z.x);
}
