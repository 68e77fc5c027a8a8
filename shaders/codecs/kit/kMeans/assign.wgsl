// k-means, assignment: for every vector the centroid of least Σ h·(x − c)², the lower index on a tie. One thread per vector.
// x [vectors, DIMENSION], codebook [clusters, 4 or 8] padded with zeros -> indices [vectors].
// h: 1, or with WEIGHTED the weight of the element's column. Source: Lloyd 1982; Gray 1984, Vector quantization.
import package::common::grid::linearInvocation;

override DIMENSION = 4u;
override WEIGHTED = false;
struct Params { vectors: u32, clusters: u32, firstElement: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> codebook: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> indices: array<u32>;

fn quad(at: u32) -> vec4f { return vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]); }

fn weight(element: u32) -> f32 { return weights[(params.firstElement + element) % params.columns]; }

fn weight4(at: u32) -> vec4f {
  if (!WEIGHTED) { return vec4f(1.0); }
  return vec4f(weight(at), weight(at + 1u), weight(at + 2u), weight(at + 3u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let vector = linearInvocation(group, groups, local, 64u);
  if (vector >= params.vectors) { return; }
  let at = vector * DIMENSION;
  switch DIMENSION {
    case 1u: { indices[vector] = nearest1(at); }
    case 2u: { indices[vector] = nearest2(at); }
    case 4u: { indices[vector] = nearest4(at); }
    default: { indices[vector] = nearest8(at); }
  }
}

/// The weight of a single coordinate changes no order.
fn nearest1(at: u32) -> u32 {
  let a = x[at];
  var best = 0u;
  var least = abs(a - codebook[0].x);
  for (var k = 1u; k < params.clusters; k++) {
    let distance = abs(a - codebook[k].x);
    if (distance < least) { least = distance; best = k; }
  }
  return best;
}

fn nearest2(at: u32) -> u32 {
  let a = vec2f(x[at], x[at + 1u]);
  var h = vec2f(1.0);
  if (WEIGHTED) { h = vec2f(weight(at), weight(at + 1u)); }
  var best = 0u;
  var least = dot(h * (a - codebook[0].xy), a - codebook[0].xy);
  for (var k = 1u; k < params.clusters; k++) {
    let d = a - codebook[k].xy;
    let distance = dot(h * d, d);
    if (distance < least) { least = distance; best = k; }
  }
  return best;
}

fn nearest4(at: u32) -> u32 {
  let a = quad(at);
  let h = weight4(at);
  var best = 0u;
  var least = dot(h * (a - codebook[0]), a - codebook[0]);
  for (var k = 1u; k < params.clusters; k++) {
    let d = a - codebook[k];
    let distance = dot(h * d, d);
    if (distance < least) { least = distance; best = k; }
  }
  return best;
}

fn nearest8(at: u32) -> u32 {
  let a = quad(at);
  let b = quad(at + 4u);
  let g = weight4(at);
  let h = weight4(at + 4u);
  var best = 0u;
  var least = dot(g * (a - codebook[0]), a - codebook[0]) + dot(h * (b - codebook[1]), b - codebook[1]);
  for (var k = 1u; k < params.clusters; k++) {
    let d = a - codebook[2u * k];
    let e = b - codebook[2u * k + 1u];
    let distance = dot(g * d, d) + dot(h * e, e);
    if (distance < least) { least = distance; best = k; }
  }
  return best;
}
