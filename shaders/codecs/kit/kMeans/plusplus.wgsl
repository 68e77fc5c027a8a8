// k-means++ (Arthur and Vassilvitskii 2007): each next centroid is a sample drawn with probability proportional to its squared
// distance to the nearest centroid so far. One workgroup; rounds first … first + rounds − 1.
// sample [samples, quads] vec4, draws [clusters] in [0, 1) -> codebook [clusters, quads]; nearest [samples] keeps distances.
// When every sample lies on a centroid, centroid k repeats sample k mod samples.
import package::codecs::kit::kMeans::half::nearestHalf;

struct Params { samples: u32, quads: u32, first: u32, rounds: u32, rounded: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sample: array<vec4f>;
@group(0) @binding(2) var<storage, read> draws: array<f32>;
@group(0) @binding(3) var<storage, read_write> nearest: array<f32>;
@group(0) @binding(4) var<storage, read_write> picks: array<u32>;
@group(0) @binding(5) var<storage, read_write> codebook: array<vec4f>;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  let share = (params.samples + 255u) / 256u;
  let begin = min(local * share, params.samples);
  let end = min(begin + share, params.samples);
  for (var k = params.first; k < params.first + params.rounds; k++) {
    partial[local] = closer(k, begin, end);
    storageBarrier();
    workgroupBarrier();
    if (local == 0u) { take(k, draw(k, share)); }
    storageBarrier();
    workgroupBarrier();
  }
}

/// Distances after the last centroid, for a thread's samples; their sum.
fn closer(k: u32, begin: u32, end: u32) -> f32 {
  var sum = 0.0;
  for (var i = begin; i < end; i++) {
    if (k > 0u) {
      let distance = squaredDistance(i, picks[k - 1u]);
      nearest[i] = select(min(nearest[i], distance), distance, k == 1u);
      sum += nearest[i];
    }
  }
  return sum;
}

fn squaredDistance(i: u32, j: u32) -> f32 {
  var sum = 0.0;
  for (var q = 0u; q < params.quads; q++) {
    let d = sample[i * params.quads + q] - sample[j * params.quads + q];
    sum += dot(d, d);
  }
  return sum;
}

/// The sample at which the running sum of distances passes draw · total.
fn draw(k: u32, share: u32) -> u32 {
  if (k == 0u) { return min(u32(draws[0] * f32(params.samples)), params.samples - 1u); }
  var total = 0.0;
  for (var t = 0u; t < 256u; t++) { total += partial[t]; }
  if (total == 0.0) { return k % params.samples; }
  var left = draws[k] * total;
  var segment = 0u;
  while (segment < 255u && left >= partial[segment]) { left -= partial[segment]; segment++; }
  var chosen = 0u;
  for (var i = min(segment * share, params.samples - 1u); i < params.samples; i++) {
    chosen = i;
    if (nearest[i] > left) { break; }
    left -= nearest[i];
  }
  return chosen;
}

fn take(k: u32, chosen: u32) {
  picks[k] = chosen;
  for (var q = 0u; q < params.quads; q++) {
    let v = sample[chosen * params.quads + q];
    let half = vec4f(nearestHalf(v.x), nearestHalf(v.y), nearestHalf(v.z), nearestHalf(v.w));
    codebook[k * params.quads + q] = select(v, half, params.rounded == 1u);
  }
}
