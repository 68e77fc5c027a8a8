// Joins the lanes of every row (lossLanes): out [rows of the batch, 1 or 3] states. Logarithms are taken by the host in
// float64. Condition distil: the teacher's `right` becomes Σ exp(a − max a)·(a − b) relative to the row's maximum.
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LANES;
import package::evaluate::lossState::LossState;
import package::evaluate::lossState::merge;

@if(distil) const states_per_row = 3u;
@else const states_per_row = 1u;

struct Params { rows: u32, rowOffset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> states: array<LossState>;
@group(0) @binding(2) var<storage, read_write> out: array<LossState>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  let first = row * LANES * states_per_row;
  let to = (params.rowOffset + row) * states_per_row;
  for (var part = 0u; part < states_per_row; part++) {
    var state = states[first + part];
    for (var lane = 1u; lane < LANES; lane++) { state = merge(state, states[first + lane * states_per_row + part]); }
    out[to + part] = state;
  }
  @if(distil) {
    var gap = 0.0;
    for (var lane = 0u; lane < LANES; lane++) {
      let guide = states[first + lane * states_per_row + 2u];
      gap += guide.right * exp(guide.maximum - out[to + 2u].maximum);
    }
    out[to + 2u].right = gap;
  }
}
