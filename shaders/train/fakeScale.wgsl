// Scale and cut of groups [firstGroup, lastGroup) by a statistic of their weights; one thread per group.
// Sources: absmean, BitNet b1.58 (arXiv 2402.17764); twn, Ternary Weight Networks (arXiv 1605.04711); optimal, the least squared
// error over all scales and codes (src/train/quantiserReference.ts).
import package::common::grid::linearInvocation;
import package::train::fakeGroup::groupRange;
import package::train::fakeGroup::storedScale;
import package::train::fakeGroup::nearestCut;

struct Params { firstGroup: u32, lastGroup: u32, columns: u32, groupSize: u32, groupsPerRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> cuts: array<u32>;

/// Sum (x), number (y) and least (z) of the magnitudes of at least `least` (a magnitude's bits) in weights [range.x, range.y).
/// Summed in stretches of 32: the error stays that of tens of additions.
fn keptFrom(range: vec2u, least: u32) -> vec3f {
  var total = vec2f();
  var smallest = 0x1.fffffep+127f;
  for (var first = range.x; first < range.y; first += 32u) {
    var part = vec2f();
    for (var i = first; i < min(first + 32u, range.y); i++) {
      let magnitude = abs(weights[i]);
      let isKept = bitcast<u32>(magnitude) >= least;
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

/// scale = mean|w|, codes to nearest.
@compute @workgroup_size(64)
fn absmean(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let sum = keptFrom(groupRange(i, params.columns, params.groupSize, params.groupsPerRow), 0u);
  let scale = storedScale(sum.x / sum.y);
  store(i, scale, nearestCut(scale));
}

/// |w| > 0.7 · mean|w| are kept; scale = their mean.
@compute @workgroup_size(64)
fn twn(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  let sum = keptFrom(range, 0u);
  // The next float32: |w| > Δ is |w| ≥ it.
  let cut = bitcast<u32>(0.7 * (sum.x / sum.y)) + 1u;
  let kept = keptFrom(range, cut);
  store(i, storedScale(select(kept.x / kept.y, 0.0, kept.y == 0.0)), cut);
}

/// The largest of a group's magnitudes.
fn largestOf(range: vec2u) -> f32 {
  var largest = 0.0;
  for (var i = range.x; i < range.y; i++) { largest = max(largest, abs(weights[i])); }
  return largest;
}

/// The least magnitude of the smallest set that holds no weight below half its mean and leaves out none above: every optimum
/// keeps it whole. Found from above, where each set lies within the one its own mean asks for.
fn highest(range: vec2u) -> f32 {
  var kept = keptFrom(range, bitcast<u32>(largestOf(range)));
  for (var round = range.x; round < range.y; round++) {
    let wider = keptFrom(range, bitcast<u32>(0.5 * (kept.x / kept.y)));
    if (wider.y <= kept.y) { break; }
    kept = wider;
  }
  return kept.z;
}

/// Keeping the k largest leaves Σw² − S_k² ÷ k at scale S_k ÷ k. A set with a weight below half its mean gains by dropping it, so
/// from all weights upwards only sets without such a weight are weighed, up to the highest that can be best.
@compute @workgroup_size(64)
fn optimal(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  let end = highest(range);
  var best = 0.0;
  var scale = 0.0;
  var least = 1u;
  // Every round drops at least one weight.
  for (var round = range.x; round < range.y; round++) {
    let kept = keptFrom(range, least);
    if (kept.y == 0.0) { break; }
    let mean = kept.x / kept.y;
    if (0.5 * mean > kept.z) {
      least = bitcast<u32>(0.5 * mean);
      continue;
    }
    if (kept.x * mean > best) {
      best = kept.x * mean;
      scale = mean;
    }
    if (kept.z >= end) { break; }
    least = bitcast<u32>(kept.z) + 1u;
  }
  let stored = storedScale(scale);
  store(i, stored, nearestCut(stored));
}
