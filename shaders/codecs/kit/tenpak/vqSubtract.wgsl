// Subtracts each vector's centroid: x[i] −= codebook[indices[i ÷ dimension]], i < count. codebook [clusters, padded].
import package::common::grid::linearInvocation;

struct Params { count: u32, dimension: u32, padded: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> codebook: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  x[i] -= codebook[indices[i / params.dimension] * params.padded + i % params.dimension];
}
