// Encodes ternary weights in published byte formats that run row by row, with four bytes of codes [rows · rowBytes] per thread. One
// condition selects the format, whose module has `byteOf`.
import package::common::grid::linearInvocation;
import package::codecs::kit::ternaryBlocks::encodeSource::params;
@if(t81) import package::codecs::kit::ternaryBlocks::encodeT81::byteOf;
@if(t81Row) import package::codecs::kit::ternaryBlocks::encodeT81Row::byteOf;
@if(tq1) import package::codecs::kit::ternaryBlocks::encodeTq1::byteOf;
@if(tq2) import package::codecs::kit::ternaryBlocks::encodeTq2::byteOf;

@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (4u * word >= params.bytes) { return; }
  var packed = 0u;
  for (var at = 4u * word; at < min(4u * word + 4u, params.bytes); at++) {
    packed |= byteOf(at / params.rowBytes, at % params.rowBytes) << (8u * (at % 4u));
  }
  codes[word] = packed;
}
