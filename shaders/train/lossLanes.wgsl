// Log-sum-exp and arg-max over rows of logits [rows, 4·vectors], of which `width` columns are used; LANES threads share a row,
// and lossRows joins them. Condition distil: also the states of both distributions softened by a temperature, that of the
// logits and that of a teacher's. The teacher's `targetLogit` holds Σ exp(a − max a)·(a − b) over softened teacher a and
// student b, from which their divergence follows. states: [rows, LANES, 1 or 3].
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LANES;
import package::evaluate::lossState::LOWEST;
import package::evaluate::lossState::LossState;
import package::evaluate::lossState::emptyState;
import package::evaluate::lossState::absorb;

@if(distil) const states_per_row = 3u;
@else const states_per_row = 1u;

struct Params {
  /// Rows [firstRow, lastRow) of this buffer; row 0 is row rowOffset of the batch.
  firstRow: u32, lastRow: u32, rowOffset: u32,
  vectors: u32, width: u32,
  inverseTemperature: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logits: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> states: array<LossState>;
@if(distil) @group(0) @binding(4) var<storage, read> teacher: array<vec4f>;

fn masked(v: vec4f, column: u32) -> vec4f {
  return select(vec4f(LOWEST), v, vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let row = params.firstRow + i / LANES;
  if (row >= params.lastRow) { return; }
  let targetColumn = targets[params.rowOffset + row];
  var own = emptyState();
  @if(distil) var student = emptyState();
  @if(distil) var teacherState = emptyState();
  @if(distil) var gap = 0.0;
  for (var column = (i % LANES) * 4u; column < params.width; column += LANES * 4u) {
    let logit = logits[row * params.vectors + column / 4u];
    own = absorb(own, masked(logit, column), column);
    let offset = targetColumn - column;
    if (offset < 4u) { own.targetLogit = logit[offset]; }
    @if(distil) {
      let b = masked(logit * params.inverseTemperature, column);
      let a = masked(teacher[row * params.vectors + column / 4u] * params.inverseTemperature, column);
      student = absorb(student, b, column);
      let next = absorb(teacherState, a, column);
      gap = gap * exp(teacherState.maximum - next.maximum) + dot(exp(a - next.maximum), a - b);
      teacherState = next;
    }
  }
  let at = (row * LANES + i % LANES) * states_per_row;
  states[at] = own;
  @if(distil) {
    teacherState.targetLogit = gap;
    states[at + 1u] = student;
    states[at + 2u] = teacherState;
  }
}
