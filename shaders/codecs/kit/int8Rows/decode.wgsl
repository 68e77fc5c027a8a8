// Decodes weights from rows of int8 codes: out[firstElement + i] = code · steps[row], for weight i < count of the bound rows.
// codes [rows, wordsPerRow], int8 in two's complement, 4 a word. Condition inverse: times inverse [columns].
// Condition outliers: columns with places[column] < outlierCount are float16 outliers [rows, outlierCount] instead, the
// first one at half number firstOutlier.
import package::common::grid::linearInvocation;
import package::common::float16::halfOfWord;

struct Params { count: u32, columns: u32, wordsPerRow: u32, outlierCount: u32, firstOutlier: u32, firstElement: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> steps: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@if(inverse) @group(0) @binding(4) var<storage, read> inverse: array<f32>;
@if(outliers) @group(0) @binding(5) var<storage, read> places: array<u32>;
@if(outliers) @group(0) @binding(6) var<storage, read> outliers: array<u32>;

fn codedAt(row: u32, column: u32) -> f32 {
  let word = codes[row * params.wordsPerRow + column / 4u];
  let code = bitcast<i32>(word << (24u - 8u * (column % 4u))) >> 24u;
  let weight = f32(code) * steps[row];
  @if(inverse) return weight * inverse[column];
  @else return weight;
}

fn weightAt(row: u32, column: u32) -> f32 {
  @if(outliers) {
    let place = places[column];
    let half = params.firstOutlier + row * params.outlierCount + place;
    if (place < params.outlierCount) { return halfOfWord(outliers[half / 2u], half); }
  }
  return codedAt(row, column);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  out[params.firstElement + i] = weightAt(i / params.columns, i % params.columns);
}
