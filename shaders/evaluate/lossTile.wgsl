// Online log-sum-exp, arg-max and divergence over one tile of the vocabulary (Milakov and Gimelshein, "Online normalizer
// calculation for softmax", arXiv 1805.02867). logits [rows, stride] hold columns [column, column + width) of the
// vocabulary; lane l of a row takes columns 4l … 4l + 3, 4(l + LANES) …. States [rows, LANES] are carried from tile to tile.
// The lanes of a row are not joined here, so there is no barrier. Condition baseline: also the baseline's states and
// divergence[rows, LANES] = Σ exp(a − max a)·(a − b) for baseline logits a and codec logits b, which lossFinish joins.
// Condition uncertainty: also the spreads [rows, LANES] of uncertainty.wgsl.
import package::common::grid::linearInvocation;
import package::evaluate::lossState::LANES;
import package::evaluate::lossState::LOWEST;
import package::evaluate::lossState::LossState;
import package::evaluate::lossState::emptyState;
import package::evaluate::lossState::absorb;
@if(uncertainty) import package::evaluate::uncertainty::Spread;
@if(uncertainty) import package::evaluate::uncertainty::emptySpread;
@if(uncertainty) import package::evaluate::uncertainty::absorbSpread;

struct Params {
  rows: u32,
  /// Number of vec4s from row to row.
  stride: u32,
  width: u32,
  column: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logits: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> states: array<LossState>;
@if(baseline) @group(0) @binding(4) var<storage, read> baselineLogits: array<vec4f>;
@if(baseline) @group(0) @binding(5) var<storage, read_write> baselineStates: array<LossState>;
@if(baseline) @group(0) @binding(6) var<storage, read_write> divergence: array<f32>;
@if(uncertainty) @group(0) @binding(7) var<storage, read_write> spreads: array<Spread>;

/// Replaces components beyond the tile's width, since the buffer of the last tile still holds values of the previous one.
fn masked(v: vec4f, column: u32) -> vec4f {
  let columns = vec4u(column) + vec4u(0u, 1u, 2u, 3u);
  return select(vec4f(LOWEST), v, columns < vec4u(params.width));
}

/// The state with the logit of the target token, if that is in columns [column, column + 4) of the tile.
fn withTarget(state: LossState, logits: vec4f, column: u32, targetColumn: u32) -> LossState {
  var next = state;
  let offset = targetColumn - params.column - column;
  if (offset < 4u) { next.targetLogit = logits[offset]; }
  return next;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let row = i / LANES;
  if (row >= params.rows) { return; }
  let targetColumn = targets[row];
  let isFirst = params.column == 0u;
  var state = states[i];
  if (isFirst) { state = emptyState(); }
  @if(baseline) var base = baselineStates[i];
  @if(baseline) var gap = divergence[i];
  @if(baseline) { if (isFirst) { base = emptyState(); gap = 0.0; } }
  @if(uncertainty) var spread = spreads[i];
  @if(uncertainty) { if (isFirst) { spread = emptySpread(); } }
  for (var column = (i % LANES) * 4u; column < params.width; column += LANES * 4u) {
    let b = masked(logits[row * params.stride + column / 4u], column);
    let before = state;
    state = withTarget(absorb(state, b, params.column + column), b, column, targetColumn);
    @if(uncertainty) spread = absorbSpread(spread, before, state, b);
    @if(baseline) {
      let a = masked(baselineLogits[row * params.stride + column / 4u], column);
      let next = absorb(base, a, params.column + column);
      gap = gap * exp(base.maximum - next.maximum) + dot(exp(a - next.maximum), a - b);
      base = withTarget(next, a, column, targetColumn);
    }
  }
  states[i] = state;
  @if(baseline) { baselineStates[i] = base; divergence[i] = gap; }
  @if(uncertainty) spreads[i] = spread;
}
