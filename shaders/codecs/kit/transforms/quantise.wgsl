// Computes polar codes of coefficients, with one thread each: keep << 31 | amplitude << 15 | phase, or 0 below `prune`.
// Amplitudes are linear in [0, maximum of the segment] or logarithmic in [logLow, logLow + logSpan], and phases linear in [−π, π].
// Both round half to even, as in their source. With `refine` > 0 each code is followed by as many bits for its rounding error.
// Source: QuantoniumOS, https://github.com/mandcony/quantoniumos
import package::common::grid::linearInvocation;
import package::codecs::kit::transforms::polar::PI;
import package::codecs::kit::transforms::polar::modulus;
import package::codecs::kit::transforms::polar::phase;

struct Params {
  count: u32, segment: u32, prune: f32, amplitudeLevels: u32, phaseLevels: u32,
  logarithmic: u32, logLow: f32, logSpan: f32, refine: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec2f>;
@group(0) @binding(2) var<storage, read> ranges: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let size = modulus(c[i]);
  if (!(size >= params.prune)) {
    words[i] = 0u;
    return;
  }
  let phaseShare = (phase(c[i]) + PI) / (2.0 * PI);
  words[i] = 0x80000000u | (refined(amplitude(size, ranges[i / params.segment].y), params.amplitudeLevels) << 15u)
    | refined(phaseShare, params.phaseLevels);
}

/// Computes the amplitude as a share of its range.
fn amplitude(size: f32, peak: f32) -> f32 {
  if (params.logarithmic != 0u) {
    if (params.logSpan <= 0.0) { return 0.0; }
    return (log(max(size, 1e-12)) - params.logLow) / params.logSpan;
  }
  if (peak == 0.0) { return 0.0; }
  return size / peak;
}

/// Computes the code of a share, followed by the code of its rounding error.
fn refined(share: f32, levels: u32) -> u32 {
  let exact = clamp(share, 0.0, 1.0) * f32(levels);
  let code = round(exact);
  if (params.refine == 0u) { return u32(code); }
  let rest = f32((1u << params.refine) - 1u);
  return (u32(code) << params.refine) | u32(round(clamp(exact - code + 0.5, 0.0, 1.0) * rest));
}
