// The state of one of LANES invocations for its share of a row's logits: the maximum, Σ exp(logit − maximum), the first column
// with the maximum, and the logit of the target token. Columns are float32, which is exact below 2^24 and never a subnormal
// that an adapter may flush. A lane without logits holds LOWEST, whose exponential relative to any logit is 0.

const LANES: u32 = 16u;
const LOWEST: f32 = -3.0e38;

struct LossState { maximum: f32, sum: f32, argMax: f32, targetLogit: f32 }

fn emptyState() -> LossState {
  return LossState(LOWEST, 0.0, 0.0, LOWEST);
}

/// The largest of four components.
fn largest(v: vec4f) -> f32 {
  return max(max(v.x, v.y), max(v.z, v.w));
}

/// The index of the first component equal to `value`, which must be one of them.
fn indexOf(v: vec4f, value: f32) -> u32 {
  return select(select(select(3u, 2u, v.z == value), 1u, v.y == value), 0u, v.x == value);
}

/// The state after the logits of columns [column, column + 4).
fn absorb(state: LossState, logits: vec4f, column: u32) -> LossState {
  var next = state;
  let top = largest(logits);
  next.maximum = max(state.maximum, top);
  if (top > state.maximum) { next.argMax = f32(column + indexOf(logits, top)); }
  next.sum = state.sum * exp(state.maximum - next.maximum) + dot(exp(logits - next.maximum), vec4f(1.0));
  return next;
}

/// Joins the states of two lanes of a row; of equal maxima the lower column is kept.
fn merge(a: LossState, b: LossState) -> LossState {
  let maximum = max(a.maximum, b.maximum);
  let sum = a.sum * exp(a.maximum - maximum) + b.sum * exp(b.maximum - maximum);
  let tied = min(a.argMax, b.argMax);
  let argMax = select(select(b.argMax, a.argMax, a.maximum > b.maximum), tied, a.maximum == b.maximum);
  return LossState(maximum, sum, argMax, max(a.targetLogit, b.targetLogit));
}
