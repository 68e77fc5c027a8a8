// Restores coefficients from polar codes and corrects them by a small network: two hidden layers of 32 (ReLU) → (Δ log amplitude,
// Δ phase). There are two coefficients per workgroup of 64, and one thread per hidden unit. words [count] as in quantise.wgsl;
// coefficient i of the dispatch has position (first + i) % segment in its block.
// weights: W1 [32, inputs], b1, W2 [32, 32], b2, W3 [2, 32], b3; inputs = position, log amplitude, phase, one-hot band.
// The first band is 64 wide, and each further one twice as wide. Source: QuantoniumOS, https://github.com/mandcony/quantoniumos
import package::common::grid::linearWorkgroup;

struct Params { count: u32, first: u32, segment: u32, inputs: u32, positionScale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read> logs: array<f32>;
@group(0) @binding(3) var<storage, read> angles: array<f32>;
@group(0) @binding(4) var<storage, read> amplitudes: array<f32>;
@group(0) @binding(5) var<storage, read> directions: array<vec2f>;
@group(0) @binding(6) var<storage, read> weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> c: array<vec2f>;

const UNITS = 32u;

var<workgroup> one: array<f32, 64>;
var<workgroup> two: array<f32, 64>;
var<workgroup> delta: array<f32, 4>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let side = local / UNITS;
  let unit = local % UNITS;
  let i = linearWorkgroup(group, groups) * 2u + side;
  let word = words[min(i, params.count - 1u)];
  let amplitude = (word >> 15u) & 0xffffu;
  let angle = word & 0x7fffu;
  let position = (params.first + i) % params.segment;
  let row = unit * params.inputs;
  let b1 = UNITS * params.inputs;
  one[local] = max(0.0, weights[b1 + unit] + weights[row] * f32(position) * params.positionScale
    + weights[row + 1u] * logs[amplitude] + weights[row + 2u] * angles[angle] + weights[row + 3u + bandOf(position)]);
  workgroupBarrier();
  let w2 = b1 + UNITS;
  let b2 = w2 + UNITS * UNITS;
  var sum = weights[b2 + unit];
  for (var j = 0u; j < UNITS; j++) { sum += weights[w2 + unit * UNITS + j] * one[side * UNITS + j]; }
  two[local] = max(0.0, sum);
  workgroupBarrier();
  let w3 = b2 + UNITS;
  if (unit < 2u) {
    var out = weights[w3 + 2u * UNITS + unit];
    for (var j = 0u; j < UNITS; j++) { out += weights[w3 + unit * UNITS + j] * two[side * UNITS + j]; }
    delta[2u * side + unit] = out;
  }
  workgroupBarrier();
  if (unit != 0u || i >= params.count) { return; }
  if (word >> 31u == 0u) {
    c[i] = vec2f(0.0);
    return;
  }
  let size = amplitudes[amplitude] * exp(clamp(delta[2u * side], -4.0, 4.0));
  let rotation = direction(clamp(delta[2u * side + 1u], -3.14159265, 3.14159265));
  let z = directions[angle];
  c[i] = size * vec2f(z.x * rotation.x - z.y * rotation.y, z.x * rotation.y + z.y * rotation.x);
}

fn bandOf(position: u32) -> u32 {
  return firstLeadingBit(position / 64u + 1u);
}

/// Computes (cos x, sin x) for |x| ≤ π by series of x/2, since WGSL's functions may err by 2⁻¹¹.
fn direction(x: f32) -> vec2f {
  let h = 0.5 * x;
  let t = h * h;
  let s = h * (1.0 - t / 6.0 * (1.0 - t / 20.0 * (1.0 - t / 42.0 * (1.0 - t / 72.0 * (1.0 - t / 110.0)))));
  let k = 1.0 - t / 2.0 * (1.0 - t / 12.0 * (1.0 - t / 30.0 * (1.0 - t / 56.0 * (1.0 - t / 90.0 * (1.0 - t / 132.0)))));
  return vec2f(1.0 - 2.0 * s * s, 2.0 * s * k);
}
