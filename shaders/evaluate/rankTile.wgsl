// Counts the logits of one tile of the vocabulary that are larger than their row's target logit, which lossFinish has written before.
// logits [rows, stride] hold columns [column, column + width) of the vocabulary; lane l of a row takes columns 4l … 4l + 3,
// 4(l + LANES) …. `out` holds [rows] LossState, whose fourth number is the target logit, then the counts [rows, LANES], which are
// carried from tile to tile and joined by the host. Counts are float32, which is exact below 2^24.
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LANES;

struct Params {
  rows: u32,
  /// Number of vec4s from row to row.
  stride: u32,
  width: u32,
  column: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let row = i / LANES;
  if (row >= params.rows) { return; }
  let targetLogit = out[4u * row + 3u];
  let place = 4u * params.rows + i;
  var count = select(out[place], 0.0, params.column == 0u);
  for (var column = (i % LANES) * 4u; column < params.width; column += LANES * 4u) {
    let isInside = vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width);
    let isLarger = logits[row * params.stride + column / 4u] > vec4f(targetLogit);
    count += dot(select(vec4f(0.0), vec4f(1.0), isInside & isLarger), vec4f(1.0));
  }
  out[place] = count;
}
