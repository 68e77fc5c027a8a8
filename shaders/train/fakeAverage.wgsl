// The scale of t81: the moving average (0.99) of a tensor's largest magnitude, computed from those of its parts, at least 1e-6;
// the cut is θ · scale. average: [0] as of the last finished step, 0 before the first one; [1] with this step's weights.
// Source: t81lib's ternary layer in training.
import package::train::fakeGroup::storedScale;

struct Params { parts: u32 }
struct Step { index: u32, threshold: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> step: Step;
@group(0) @binding(2) var<storage, read> largest: array<f32>;
@group(0) @binding(3) var<storage, read_write> average: array<f32>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> cuts: array<u32>;

@compute @workgroup_size(1)
fn main() {
  var maximum = 0.0;
  for (var i = 0u; i < params.parts; i++) { maximum = max(maximum, largest[i]); }
  let before = average[0];
  let next = max(select(0.99 * before + 0.01 * maximum, maximum, before == 0.0), 1e-6);
  average[1] = next;
  let scale = storedScale(next);
  scales[0] = scale;
  cuts[0] = bitcast<u32>(step.threshold * scale);
}
