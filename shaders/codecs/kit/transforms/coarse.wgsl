// The percentile codec ranks moduli rounded to 12 significant bits, so that |X_k| and |X_{n−k}| of a real block tie.
import package::codecs::kit::transforms::polar::modulus;

fn coarseModulus(z: vec2f) -> f32 {
  return bitcast<f32>((bitcast<u32>(modulus(z)) + 0x800u) & 0xfffff000u);
}
