// What a row's uncertainty needs besides its LossState, of one lane: Σ exp(logit − maximum) · (logit − maximum), from which the host
// computes the entropy, and the second largest logit. `maximum` is that of the lane's LossState.
import package::evaluate::lossState::LOWEST;
import package::evaluate::lossState::LossState;
import package::evaluate::lossState::largest;

struct Spread { moment: f32, second: f32 }

fn emptySpread() -> Spread {
  return Spread(0.0, LOWEST);
}

/// Σ exp(logit − maximum) · (logit − maximum) of a state, relative to a larger maximum.
fn rescaledMoment(moment: f32, state: LossState, maximum: f32) -> f32 {
  let shift = state.maximum - maximum;
  return exp(shift) * (moment + shift * state.sum);
}

/// The second largest of four components.
fn secondLargest(v: vec4f) -> f32 {
  let high = max(v.xy, v.zw);
  let low = min(v.xy, v.zw);
  return max(min(high.x, high.y), select(low.y, low.x, high.x > high.y));
}

/// The spread after four more logits, which changed the state from `before` to `after`.
fn absorbSpread(spread: Spread, before: LossState, after: LossState, logits: vec4f) -> Spread {
  let gaps = logits - after.maximum;
  let moment = rescaledMoment(spread.moment, before, after.maximum) + dot(exp(gaps), gaps);
  let second = max(min(before.maximum, largest(logits)), max(spread.second, secondLargest(logits)));
  return Spread(moment, second);
}

/// Joins the spreads of two lanes, whose states are given.
fn mergeSpread(a: Spread, b: Spread, aState: LossState, bState: LossState) -> Spread {
  let maximum = max(aState.maximum, bState.maximum);
  let moment = rescaledMoment(a.moment, aState, maximum) + rescaledMoment(b.moment, bState, maximum);
  let second = max(min(aState.maximum, bState.maximum), max(a.second, b.second));
  return Spread(moment, second);
}
