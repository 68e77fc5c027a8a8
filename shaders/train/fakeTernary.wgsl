// Fake quantisation: out = −scale, 0 or scale for weights [first, last), four per thread; `first` is a multiple of 4.
// A weight is coded ±1 if its magnitude reaches its group's cut. Condition stochastic: ±1 with probability |w ÷ scale| (at most
// 1); condition absolute: with probability (|w ÷ scale| − θ) ÷ (1 − θ). The draw is word weight mod 4 of the generator's block
// (weight ÷ 4, step, stream, 0).
// Sources: BitNet b1.58, arXiv 2402.17764; t81lib's ternary layer.
import package::common::grid::linearInvocation;
import package::train::fakeGroup::groupOf;
@if(stochastic) import package::train::random::uniforms;

struct Params {
  first: u32, last: u32, columns: u32, groupSize: u32, groupsPerRow: u32,
  seedLow: u32, seedHigh: u32, stream: u32,
}
struct Step { index: u32, threshold: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> cuts: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@if(stochastic) @group(0) @binding(5) var<storage, read> step: Step;

fn quantised(weight: u32, draw: f32) -> f32 {
  let w = weights[weight];
  let group = groupOf(weight, params.columns, params.groupSize, params.groupsPerRow);
  let scale = scales[group];
  @if(!stochastic) let kept = bitcast<u32>(abs(w)) >= cuts[group];
  @if(stochastic) let kept = isKept(abs(w), scale, cuts[group], draw);
  // Zero is +0, as in decoded weights.
  return select(0.0, select(scale, -scale, w < 0.0), kept);
}

@if(stochastic)
fn isKept(magnitude: f32, scale: f32, cut: u32, draw: f32) -> bool {
  @if(absolute) let deadZone = bitcast<f32>(cut);
  @else let deadZone = 0.0;
  // Products are equal on every adapter; quotients are not.
  return draw * (scale - deadZone) < min(magnitude, scale) - deadZone;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.first + 4u * linearInvocation(group, groups, local, 64u);
  if (i >= params.last) { return; }
  @if(stochastic) let draws = uniforms(vec4u(i / 4u, step.index, params.stream, 0u), vec2u(params.seedLow, params.seedHigh));
  @else let draws = vec4f();
  out[i] = quantised(i, draws.x);
  if (i + 1u < params.last) { out[i + 1u] = quantised(i + 1u, draws.y); }
  if (i + 2u < params.last) { out[i + 2u] = quantised(i + 2u, draws.z); }
  if (i + 3u < params.last) { out[i + 3u] = quantised(i + 3u, draws.w); }
}
