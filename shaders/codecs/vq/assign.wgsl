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

fn low(at: u32) -> vec4f {
  if (DIMENSION == 1u) { return vec4f(x[at], 0.0, 0.0, 0.0); }
  if (DIMENSION == 2u) { return vec4f(x[at], x[at + 1u], 0.0, 0.0); }
  return vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]);
}

fn weight(element: u32) -> f32 { return weights[(params.firstElement + element) % params.columns]; }

/// Weights of four elements; those a short vector does not have meet zeros.
fn weight4(at: u32) -> vec4f {
  if (!WEIGHTED) { return vec4f(1.0); }
  return vec4f(weight(at), weight(at + 1u), weight(at + 2u), weight(at + 3u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let vector = linearInvocation(group, groups, local, 64u);
  if (vector >= params.vectors) { return; }
  let at = vector * DIMENSION;
  if (DIMENSION == 8u) { indices[vector] = nearest8(at); } else { indices[vector] = nearest4(at); }
}

fn nearest4(at: u32) -> u32 {
  let a = low(at);
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
  let a = low(at);
  let b = low(at + 4u);
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
