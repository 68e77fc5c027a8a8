// The scales and cuts of groups [firstGroup, lastGroup) by a statistic of their weights; one thread per group.
// Sources: absmean, BitNet b1.58 (arXiv 2402.17764); twn, Ternary Weight Networks (arXiv 1605.04711); optimal, the minimum of the
// squared error over all scales and codes (src/train/reference/quantiser.ts).
import package::common::grid::linearInvocation;
import package::train::fakeGroup::groupRange;
import package::train::fakeGroup::storedScale;
import package::train::fakeGroup::nearestCut;

struct Params { firstGroup: u32, lastGroup: u32, columns: u32, groupSize: u32, groupsPerRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> cuts: array<u32>;

/// Sum (x), number (y) and minimum (z) of the magnitudes in weights [range.x, range.y) whose bits are at least `cut`. They are
/// summed 32 at a time, so that the error is that of tens of additions.
fn keptFrom(range: vec2u, cut: u32) -> vec3f {
  var total = vec2f();
  var smallest = 0x1.fffffep+127f;
  for (var first = range.x; first < range.y; first += 32u) {
    var part = vec2f();
    for (var i = first; i < min(first + 32u, range.y); i++) {
      let magnitude = abs(weights[i]);
      let isKept = bitcast<u32>(magnitude) >= cut;
      part += select(vec2f(), vec2f(magnitude, 1.0), isKept);
      smallest = select(smallest, min(smallest, magnitude), isKept);
    }
    total += part;
  }
  return vec3f(total, smallest);
}

fn store(group: u32, scale: f32, cut: u32) {
  scales[group] = scale;
  cuts[group] = select(cut, 0x7f800000u, scale == 0.0);
}

/// The scale is mean|w|; weights are rounded to nearest.
@compute @workgroup_size(64)
fn absmean(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let sum = keptFrom(groupRange(i, params.columns, params.groupSize, params.groupsPerRow), 0u);
  let scale = storedScale(sum.x / sum.y);
  store(i, scale, nearestCut(scale));
}

/// Weights with |w| > 0.7 · mean|w| are kept; the scale is their mean magnitude.
@compute @workgroup_size(64)
fn twn(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  let sum = keptFrom(range, 0u);
  // |w| > Δ is equivalent to |w| ≥ the next float32.
  let cut = bitcast<u32>(0.7 * (sum.x / sum.y)) + 1u;
  let kept = keptFrom(range, cut);
  store(i, storedScale(select(kept.x / kept.y, 0.0, kept.y == 0.0)), cut);
}

/// The largest magnitude of a range.
fn largestOf(range: vec2u) -> f32 {
  var largest = 0.0;
  for (var i = range.x; i < range.y; i++) { largest = max(largest, abs(weights[i])); }
  return largest;
}

/// The smallest magnitude of the smallest set that contains all weights above half its mean and none below. Every optimum
/// contains this set. It is found by starting with the largest magnitude and adding weights until the set is consistent.
fn maxSmallest(range: vec2u) -> f32 {
  var kept = keptFrom(range, bitcast<u32>(largestOf(range)));
  for (var round = range.x; round < range.y; round++) {
    let wider = keptFrom(range, bitcast<u32>(0.5 * (kept.x / kept.y)));
    if (wider.y <= kept.y) { break; }
    kept = wider;
  }
  return kept.z;
}

/// With the sum S_k of the k largest magnitudes and the scale S_k ÷ k the squared error is Σw² − S_k² ÷ k. Dropping a weight below
/// half the mean of a set reduces it, so that only sets without such weights are compared, from all weights up to the smallest
/// set that can be optimal.
@compute @workgroup_size(64)
fn optimal(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  let end = maxSmallest(range);
  var best = 0.0;
  var scale = 0.0;
  var cut = 1u;
  // Every round drops at least one weight.
  for (var round = range.x; round < range.y; round++) {
    let kept = keptFrom(range, cut);
    if (kept.y == 0.0) { break; }
    let mean = kept.x / kept.y;
    if (0.5 * mean > kept.z) {
      cut = bitcast<u32>(0.5 * mean);
      continue;
    }
    if (kept.x * mean > best) {
      best = kept.x * mean;
      scale = mean;
    }
    if (kept.z >= end) { break; }
    cut = bitcast<u32>(kept.z) + 1u;
  }
  let stored = storedScale(scale);
  store(i, stored, nearestCut(stored));
}
