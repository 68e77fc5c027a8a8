// Joins the lanes of every row (lossLanes) into out [rows of the batch, 1 or 3] states, one thread per state. The host takes
// logarithms in float64. Condition distil: the teacher's `targetLogit` is a sum relative to its maximum, not a logit.
// The number of lanes is a parameter so that compilers do not unroll the loop, which takes software adapters seconds.
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LossState;
import package::evaluate::lossState::merge;

@if(distil) const states_per_row = 3u;
@else const states_per_row = 1u;

struct Params { rows: u32, rowOffset: u32, lanes: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> states: array<LossState>;
@group(0) @binding(2) var<storage, read_write> out: array<LossState>;

fn joined(a: LossState, b: LossState, isTeacher: bool) -> LossState {
  var both = merge(a, b);
  if (isTeacher) {
    both.targetLogit = a.targetLogit * exp(a.maximum - both.maximum) + b.targetLogit * exp(b.maximum - both.maximum);
  }
  return both;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let row = i / states_per_row;
  let part = i % states_per_row;
  if (row >= params.rows) { return; }
  let first = row * params.lanes * states_per_row + part;
  var state = states[first];
  for (var lane = 1u; lane < params.lanes; lane++) {
    state = joined(state, states[first + lane * states_per_row], part == 2u);
  }
  out[(params.rowOffset + row) * states_per_row + part] = state;
}
