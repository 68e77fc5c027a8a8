// Lloyd's step for one codebook: every entry moves by the weighted mean of its vectors' residuals, and unused entries stay.
// sums [entries, 2, size] as gather.wgsl orders them; books from float `first` on.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::SIZE;

struct Params { count: u32, first: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> books: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let at = 2u * SIZE * (i / SIZE) + i % SIZE;
  let square = sums[at + SIZE];
  if (square > 0.0) { books[params.first + i] += sums[at] / square; }
}
