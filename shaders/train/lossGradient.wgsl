// logits [rows, 4·vectors] become dL/dlogits in place: factor · (softmax(logits) − 1 at the target), 0 for rows whose
// target is IGNORED and for columns beyond `width`. Condition distil: hard times that + soft · (softmax(logits ÷ T) −
// softmax(teacher ÷ T)). `rows` are the states of lossRows; factor[0] is set for each batch.
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LossState;

@if(distil) const states_per_row = 3u;
@else const states_per_row = 1u;
const IGNORED = 0xffffffffu;

struct Params {
  /// Rows [firstRow, lastRow) of this buffer; row 0 is row rowOffset of the batch.
  firstRow: u32, lastRow: u32, rowOffset: u32,
  vectors: u32, width: u32,
  inverseTemperature: f32, hard: f32, soft: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<LossState>;
@group(0) @binding(3) var<storage, read> factor: array<f32>;
@group(0) @binding(4) var<storage, read_write> logits: array<vec4f>;
@if(distil) @group(0) @binding(5) var<storage, read> teacher: array<vec4f>;

fn probability(logit: vec4f, state: LossState) -> vec4f {
  return exp(logit - state.maximum) * (1.0 / state.sum);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let row = params.firstRow + i / params.vectors;
  if (row >= params.lastRow) { return; }
  let at = row * params.vectors + i % params.vectors;
  let columns = vec4u(4u * (i % params.vectors)) + vec4u(0u, 1u, 2u, 3u);
  let targetColumn = targets[params.rowOffset + row];
  let own = (params.rowOffset + row) * states_per_row;
  let logit = logits[at];
  var gradient = probability(logit, rows[own]) - select(vec4f(), vec4f(1.0), columns == vec4u(targetColumn));
  @if(distil) {
    let studentProbability = probability(logit * params.inverseTemperature, rows[own + 1u]);
    let teacherProbability = probability(teacher[at] * params.inverseTemperature, rows[own + 2u]);
    gradient = params.hard * gradient + params.soft * (studentProbability - teacherProbability);
  }
  let isUsed = columns < vec4u(select(params.width, 0u, targetColumn == IGNORED));
  logits[at] = select(vec4f(), factor[0] * gradient, isUsed);
}
