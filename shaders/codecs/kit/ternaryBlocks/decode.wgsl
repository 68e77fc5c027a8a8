// Decodes weights from ternary row formats: out[firstElement + i] for weight i of `count` = rows · columns. One condition selects the
// format, whose module has `valueBits`. Values are bits, because a scale may be a subnormal float32, which arithmetic may flush.
import package::common::grid::linearInvocation;
import package::codecs::kit::ternaryBlocks::decodeSource::params;
@if(t81) import package::codecs::kit::ternaryBlocks::decodeT81::valueBits;
@if(t81Row) import package::codecs::kit::ternaryBlocks::decodeT81Row::valueBits;
@if(tq1) import package::codecs::kit::ternaryBlocks::decodeTq1::valueBits;
@if(tq2) import package::codecs::kit::ternaryBlocks::decodeTq2::valueBits;

@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  out[params.firstElement + i] = valueBits(i / params.columns, i % params.columns);
}
