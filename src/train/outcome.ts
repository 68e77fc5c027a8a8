import type { Softening } from './backward/loss';

/** Mark of a row whose target counts nothing. */
export const IGNORE = 0xffffffff;

/** Means over the rows that count, in nats. */
export interface Outcome {
  /** (1 − w)·nll + w·T²·KL(teacher ‖ student); without a teacher the nll. */
  loss: number;
  nll: number;
  /** Rows whose largest logit is the target's. */
  correct: number;
  count: number;
}

/**
 * What the rows' states (maximum, Σ exp(logit − maximum), first arg-max, logit of the target) mean. With a teacher two more
 * states follow each: of the softened student, and of the softened teacher with Σ exp(a − max a)·(a − b) in the last place.
 * @param states 1 or 3 states of 4 numbers per row
 */
export function outcomeOf(states: Float32Array, targets: Uint32Array, distillation?: Softening): Outcome {
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
 * KL(teacher ‖ student) = Σ p·(a − b) + ln Σexp(b) − ln Σexp(a). What rounding leaves below zero is zero: a divergence cannot
 * be negative.
 */
function divergenceOf(student: Float32Array, teacher: Float32Array): number {
  const gap = teacher[3] / teacher[1];
  const raised = gap + (student[0] - teacher[0]) + Math.log(student[1] / teacher[1]);
  return raised < 0 ? 0 : raised;
}
