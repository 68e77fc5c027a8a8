// Two scalar codebooks of four: w ≈ first[q1] + second[q2], joint code q1 + 4·q2.

/// Finds the nearest of the sixteen sums; on a tie the lower q1, then the lower q2.
fn nearestPair(w: f32, first: vec4f, second: vec4f) -> vec2u {
  var best = vec2u(0u);
  var least = 3.4e38;
  for (var a = 0u; a < 4u; a++) {
    for (var b = 0u; b < 4u; b++) {
      let error = abs(w - (first[a] + second[b]));
      if (error < least) { least = error; best = vec2u(a, b); }
    }
  }
  return best;
}
