// Decodes weights from int8 codes and float16 outlier columns: out[offset + i] for weight first + i of flattened W, i < count.
// places [columns]: the position of a column among the kept ones, or OUTLIER + its position among the outliers.
// codes, outliers and scales start at byte firstCode, half firstOutlier and half firstScale.
import package::common::grid::linearInvocation;
import package::common::float16::halfOfWord;

struct Params {
  count: u32, first: u32, offset: u32, columns: u32,
  keptCount: u32, outlierCount: u32, firstCode: u32, firstOutlier: u32, firstScale: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> outliers: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> places: array<u32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

const OUTLIER = 0x80000000u;

fn outlierAt(row: u32, position: u32) -> f32 {
  let half = row * params.outlierCount + position - params.firstOutlier;
  return halfOfWord(outliers[half / 2u], half);
}

fn codedAt(row: u32, position: u32) -> f32 {
  let byte = row * params.keptCount + position - params.firstCode;
  let code = bitcast<i32>(codes[byte / 4u] << (24u - 8u * (byte % 4u))) >> 24u;
  let scale = row - params.firstScale;
  return f32(code) * halfOfWord(scales[scale / 2u], scale);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = (params.first + i) / params.columns;
  let place = places[(params.first + i) % params.columns];
  if (place >= OUTLIER) {
    out[params.offset + i] = outlierAt(row, place - OUTLIER);
  } else {
    out[params.offset + i] = codedAt(row, place);
  }
}
