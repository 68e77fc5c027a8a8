import type { DistillationLoss } from './backward/loss';

/** The target of a row that is left out of the loss. */
export const IGNORE = 0xffffffff;

/** The loss of a batch, as means over the rows with a target, in nats. */
export interface Outcome {
  /** (1 − w)·nll + w·T²·KL(teacher ‖ student), or the nll if there is no teacher. */
  loss: number;
  nll: number;
  /** Number of rows whose largest logit is the target's. */
  correct: number;
  /** Number of rows with a target. */
  count: number;
}

/**
 * Computes the loss from the states of the rows: maximum, Σ exp(logit − maximum), first arg-max, logit of the target. With a
 * teacher two more states follow each: that of the softened student, and that of the softened teacher, whose last number is
 * Σ exp(a − max a)·(a − b).
 * @param states 1 or 3 states of 4 numbers per row
 */
export function outcomeOf(
  states: Float32Array,
  targets: Uint32Array,
  distillation?: DistillationLoss,
): Outcome {
  const stride = distillation ? 12 : 4;
  let [nll, divergence, correct, count] = [0, 0, 0, 0];
  targets.forEach((target, row) => {
    if (target === IGNORE) return;
    const own = states.subarray(row * stride, (row + 1) * stride);
    count++;
    nll += own[0] + Math.log(own[1]) - own[3];
    if (own[2] === target) correct++;
    if (distillation) divergence += divergenceOf(own.subarray(4, 8), own.subarray(8, 12));
  });
  const { weight, temperature } = distillation ?? { weight: 0, temperature: 1 };
  const loss = ((1 - weight) * nll + weight * temperature ** 2 * divergence) / count;
  return { loss, nll: nll / count, correct, count };
}

/**
 * KL(teacher ‖ student) = Σ p·(a − b) + ln Σexp(b) − ln Σexp(a). A value below zero is due to rounding and becomes zero, since
 * a divergence is never negative.
 */
function divergenceOf(student: Float32Array, teacher: Float32Array): number {
  const gap = teacher[3] / teacher[1];
  const divergence = gap + (student[0] - teacher[0]) + Math.log(student[1] / teacher[1]);
  return divergence < 0 ? 0 : divergence;
}
