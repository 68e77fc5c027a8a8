// The gradients of learned scales for groups [firstGroup, lastGroup): Σ dŴ · ∂ŵ/∂s ÷ √n over the n weights of a group, with
// ∂ŵ/∂s = ŵ ÷ s − w ÷ s if |w| < s, otherwise the sign of w (Q_P = 1). One thread per group.
// Source: Esser et al. 2020, Learned Step Size Quantization, arXiv 1902.08153, equations 3 and 4 and section 2.2.
import package::common::grid::linearInvocation;
import package::train::fakeGroup::groupRange;

struct Params { firstGroup: u32, lastGroup: u32, columns: u32, groupSize: u32, groupsPerRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> rounded: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> gradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> scaleGradient: array<f32>;

/// ∂ŵ/∂s.
fn derivative(w: f32, rounded: f32, scale: f32) -> f32 {
  return select((rounded - w) / scale, sign(w), abs(w) >= scale);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  var total = 0.0;
  for (var first = range.x; first < range.y; first += 32u) {
    var part = 0.0;
    for (var j = first; j < min(first + 32u, range.y); j++) { part += gradient[j] * derivative(weights[j], rounded[j], scales[i]); }
    total += part;
  }
  scaleGradient[i] = total / sqrt(f32(range.y - range.x));
}
