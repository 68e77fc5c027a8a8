// One step of AdamW on weights [first, last) in place: g ← clip · gradient; w ← w · decayFactor; m ← m + (1 − β1)(g − m);
// v ← β2 v + (1 − β2) g²; w ← w − stepSize · m ÷ (√v ÷ correction + ε), where decayFactor = 1 − rate · decay,
// stepSize = rate ÷ (1 − β1ᵗ) and correction = √(1 − β2ᵗ).
// Source: Loshchilov and Hutter 2019, arXiv 1711.05101, in the order of operations of torch.optim.AdamW.
import package::common::grid::linearInvocation;

struct Params { first: u32, last: u32, decays: u32, oneMinusBeta1: f32, beta2: f32, oneMinusBeta2: f32, epsilon: f32 }
struct Step { clip: f32, decayFactor: f32, stepSize: f32, correction: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> step: Step;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> square: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.first + linearInvocation(group, groups, local, 64u);
  if (i >= params.last) { return; }
  let g = step.clip * gradient[i];
  let m = mean[i] + params.oneMinusBeta1 * (g - mean[i]);
  let v = params.beta2 * square[i] + params.oneMinusBeta2 * g * g;
  mean[i] = m;
  square[i] = v;
  let w = select(weights[i], weights[i] * step.decayFactor, params.decays == 1u);
  weights[i] = w - step.stepSize * (m / (sqrt(v) / step.correction + params.epsilon));
}
