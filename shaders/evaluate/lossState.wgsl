// What one of LANES invocations knows about its share of a row's logits: maximum, Σ exp(logit − maximum), the first
// column that holds the maximum, and the logit of the right token. Columns are float32: exact below 2^24, and never a
// subnormal an adapter may flush. A lane that saw nothing holds LOWEST, whose exponential is 0 beside any logit.

const LANES: u32 = 16u;
const LOWEST: f32 = -3.0e38;

struct LossState { maximum: f32, sum: f32, first: f32, right: f32 }

fn emptyState() -> LossState {
  return LossState(LOWEST, 0.0, 0.0, LOWEST);
}

/// Largest of four.
fn largest(v: vec4f) -> f32 {
  return max(max(v.x, v.y), max(v.z, v.w));
}

/// Index of the first component equal to `value`, one of them.
fn indexOf(v: vec4f, value: f32) -> u32 {
  return select(select(select(3u, 2u, v.z == value), 1u, v.y == value), 0u, v.x == value);
}

/// Takes in logits of columns [column, column + 4).
fn absorb(state: LossState, logits: vec4f, column: u32) -> LossState {
  var next = state;
  let top = largest(logits);
  next.maximum = max(state.maximum, top);
  if (top > state.maximum) { next.first = f32(column + indexOf(logits, top)); }
  next.sum = state.sum * exp(state.maximum - next.maximum) + dot(exp(logits - next.maximum), vec4f(1.0));
  return next;
}

/// Joins two lanes of a row; of equal maxima the lower column wins.
fn merge(a: LossState, b: LossState) -> LossState {
  let maximum = max(a.maximum, b.maximum);
  let sum = a.sum * exp(a.maximum - maximum) + b.sum * exp(b.maximum - maximum);
  let tied = min(a.first, b.first);
  let first = select(select(b.first, a.first, a.maximum > b.maximum), tied, a.maximum == b.maximum);
  return LossState(maximum, sum, first, max(a.right, b.right));
}
