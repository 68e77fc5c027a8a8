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

/// Sum (x) and number (y) of the magnitudes of at least `least` (a magnitude's bits) in weights [range.x, range.y). Summed in
/// stretches of 32: the error stays that of tens of additions.
fn sumFrom(range: vec2u, least: u32) -> vec2f {
  var total = vec2f();
  for (var first = range.x; first < range.y; first += 32u) {
    var part = vec2f();
    for (var i = first; i < min(first + 32u, range.y); i++) {
      let magnitude = abs(weights[i]);
      part += select(vec2f(), vec2f(magnitude, 1.0), bitcast<u32>(magnitude) >= least);
    }
    total += part;
  }
  return total;
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
  let sum = sumFrom(groupRange(i, params.columns, params.groupSize, params.groupsPerRow), 0u);
  let scale = storedScale(sum.x / sum.y);
  store(i, scale, nearestCut(scale));
}

/// |w| > 0.7 · mean|w| are kept; scale = their mean.
@compute @workgroup_size(64)
fn twn(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  let sum = sumFrom(range, 0u);
  // The next float32: |w| > Δ is |w| ≥ it.
  let cut = bitcast<u32>(0.7 * (sum.x / sum.y)) + 1u;
  let kept = sumFrom(range, cut);
  store(i, storedScale(select(kept.x / kept.y, 0.0, kept.y == 0.0)), cut);
}

/// Keeping the k largest leaves Σw² − S_k² ÷ k at scale S_k ÷ k. The best k ends a run of equal magnitudes (between two of them
/// S²/k is convex), so every weight's own magnitude is tried as the least one kept.
@compute @workgroup_size(64)
fn optimal(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  let range = groupRange(i, params.columns, params.groupSize, params.groupsPerRow);
  var best = 0.0;
  var mean = 0.0;
  for (var j = range.x; j < range.y; j++) {
    let kept = sumFrom(range, bitcast<u32>(abs(weights[j])));
    let explained = kept.x * (kept.x / kept.y);
    if (explained > best) {
      best = explained;
      mean = kept.x / kept.y;
    }
  }
  let scale = storedScale(mean);
  store(i, scale, nearestCut(scale));
}
