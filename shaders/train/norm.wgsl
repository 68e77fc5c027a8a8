// Sums of squares in a fixed order on two levels: a thread of `squares` adds 64 squares, 64 apart, and one of `sums` 64 results.
// squares: out[64·g + t] = Σ_k x[4096·g + 64·k + t]² below `count`; sums: out[first + i] = Σ in[64·i … 64·i + 63] below `count`.
import package::common::grid::linearWorkgroup;

struct Params { count: u32, outFirst: u32, firstGroup: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn squares(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = params.firstGroup + linearWorkgroup(group, groups);
  let start = 4096u * block;
  if (start >= params.count) { return; }
  var sum = 0.0;
  for (var i = start + local; i < min(start + 4096u, params.count); i += 64u) { sum += input[i] * input[i]; }
  out[params.outFirst + 64u * block + local] = sum;
}

@compute @workgroup_size(64)
fn sums(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = 64u * (params.firstGroup + linearWorkgroup(group, groups)) + local;
  if (64u * i >= params.count) { return; }
  var sum = 0.0;
  for (var j = 64u * i; j < min(64u * i + 64u, params.count); j++) { sum += input[j]; }
  out[params.outFirst + i] = sum;
}
