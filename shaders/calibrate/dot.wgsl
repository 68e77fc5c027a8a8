// Partial sums of a·b, one per workgroup, which the host adds in float64.
import package::common::grid::linearWorkgroup;
import package::common::workgroup::sumOfWorkgroup;

struct Params { count: u32, perGroup: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let chunk = linearWorkgroup(group, groups);
  let first = chunk * params.perGroup;
  let end = min(params.count, first + params.perGroup);
  var sum = 0.0;
  for (var i = first + local; i < end; i += 64u) { sum += a[i] * b[i]; }
  let total = sumOfWorkgroup(local, sum);
  if (local == 0u && chunk < arrayLength(&sums)) { sums[chunk] = total; }
}
