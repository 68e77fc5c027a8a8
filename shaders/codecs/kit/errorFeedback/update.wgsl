// Applies the lazy batch update of GPTQ: it subtracts Σ errors[k] · u[k, position] over `count` positions k from positions
// [first, last) of current [columns, stride], with rows uRow … of u and firstError … of errors. A thread holds 4 rows × 8 positions.
// `first` and uStride are multiples of 8, stride of 4.
import package::common::grid::linearInvocation;

struct Params {
  quads: u32, first: u32, last: u32,
  count: u32, firstError: u32, uRow: u32, uStride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> errors: array<vec4f>;
@group(0) @binding(2) var<storage, read> u: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> current: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quad = i % params.quads;
  let position = params.first + 8u * (i / params.quads);
  if (position >= params.last) { return; }
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  for (var k = 0u; k < params.count; k++) {
    let error = errors[(params.firstError + k) * params.quads + quad];
    let at = ((params.uRow + k) * params.uStride + position) / 4u;
    let low = u[at];
    let high = u[at + 1u];
    sum0 += error * low.x;
    sum1 += error * low.y;
    sum2 += error * low.z;
    sum3 += error * low.w;
    sum4 += error * high.x;
    sum5 += error * high.y;
    sum6 += error * high.z;
    sum7 += error * high.w;
  }
  subtract(position, quad, sum0);
  subtract(position + 1u, quad, sum1);
  subtract(position + 2u, quad, sum2);
  subtract(position + 3u, quad, sum3);
  subtract(position + 4u, quad, sum4);
  subtract(position + 5u, quad, sum5);
  subtract(position + 6u, quad, sum6);
  subtract(position + 7u, quad, sum7);
}

fn subtract(position: u32, quad: u32, sum: vec4f) {
  if (position < params.last) { current[position * params.quads + quad] -= sum; }
}
