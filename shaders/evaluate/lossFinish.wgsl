// Joins the lanes of every row after the last tile. `out` holds [rows] states of the codec, then (condition baseline) [rows]
// states of the baseline and [rows] of (divergence relative to the baseline's maximum, 0, 0, 0), or (condition uncertainty) [rows] of
// (moment, second largest logit, 0, 0). The host takes logarithms in float64.
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LANES;
import package::evaluate::lossState::LossState;
import package::evaluate::lossState::merge;
@if(uncertainty) import package::evaluate::uncertainty::Spread;
@if(uncertainty) import package::evaluate::uncertainty::mergeSpread;

struct Params { rows: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> states: array<LossState>;
@group(0) @binding(2) var<storage, read_write> out: array<LossState>;
@if(baseline) @group(0) @binding(3) var<storage, read> baselineStates: array<LossState>;
@if(baseline) @group(0) @binding(4) var<storage, read> divergence: array<f32>;
@if(uncertainty) @group(0) @binding(5) var<storage, read> spreads: array<Spread>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  let first = row * LANES;
  var state = states[first];
  @if(uncertainty) {
    var spread = spreads[first];
    var joined = state;
    for (var lane = 1u; lane < LANES; lane++) {
      spread = mergeSpread(spread, spreads[first + lane], joined, states[first + lane]);
      joined = merge(joined, states[first + lane]);
    }
    out[params.rows + row] = LossState(spread.moment, spread.second, 0.0, 0.0);
  }
  for (var lane = 1u; lane < LANES; lane++) { state = merge(state, states[first + lane]); }
  out[row] = state;
  @if(baseline) {
    var base = baselineStates[first];
    for (var lane = 1u; lane < LANES; lane++) { base = merge(base, baselineStates[first + lane]); }
    var gap = 0.0;
    for (var lane = 0u; lane < LANES; lane++) {
      gap += divergence[first + lane] * exp(baselineStates[first + lane].maximum - base.maximum);
    }
    out[params.rows + row] = base;
    out[2u * params.rows + row] = LossState(gap, 0.0, 0.0, 0.0);
  }
}
