// One pass of a radix selection over magnitudes: counts[b] += the number of weights with byte b at `shift` among those
// whose higher bits equal `prefix`. Magnitudes are the bits of |w|, whose order is that of the numbers. w [count] as bits.
// Workgroups of 256 threads count 16 weights per thread in shared memory first.
import package::common::grid::linearWorkgroup;

struct Params { count: u32, shift: u32, prefix: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;

var<workgroup> local_counts: array<atomic<u32>, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = 4096u * linearWorkgroup(group, groups) + local;
  atomicStore(&local_counts[local], 0u);
  workgroupBarrier();
  for (var i = first; i < min(first + 4096u - local, params.count); i += 256u) {
    let magnitude = w[i] & 0x7fffffffu;
    // Two shifts: a shift by 32 would be undefined.
    if (((magnitude >> params.shift) >> 8u) == params.prefix) {
      atomicAdd(&local_counts[(magnitude >> params.shift) & 255u], 1u);
    }
  }
  workgroupBarrier();
  atomicAdd(&counts[local], atomicLoad(&local_counts[local]));
}
