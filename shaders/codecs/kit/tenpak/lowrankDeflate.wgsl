// Power iteration, A −= u·vᵀ for rows firstRow … of A: a [count / columns, columns]. u is A·v, whose length is the singular value.
import package::common::grid::linearInvocation;

struct Params { count: u32, firstRow: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> a: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  a[i] -= u[params.firstRow + i / params.columns] * v[i % params.columns];
}
