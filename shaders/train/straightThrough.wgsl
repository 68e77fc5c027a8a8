// Straight-through estimators (Bengio et al. 2013, arXiv 1308.3432): the gradient of the rounded weights becomes that of the
// latent ones, in place, for weights [first, last). Clipped: unchanged if |w| ≤ scale, otherwise 0. Condition box (t81lib):
// doubled if |w| < scale ÷ 2, otherwise 0.
import package::common::grid::linearInvocation;
import package::train::fakeGroup::groupOf;

struct Params { first: u32, last: u32, columns: u32, groupSize: u32, groupsPerRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.first + linearInvocation(group, groups, local, 64u);
  if (i >= params.last) { return; }
  let scale = scales[groupOf(i, params.columns, params.groupSize, params.groupsPerRow)];
  // With a scale of zero all gradients pass, because otherwise the weights of the group would never change again.
  if (scale == 0.0) { return; }
  let magnitude = abs(weights[i]);
  @if(box) gradient[i] = select(0.0, 2.0 * gradient[i], magnitude < 0.5 * scale);
  @else gradient[i] = select(0.0, gradient[i], magnitude <= scale);
}
