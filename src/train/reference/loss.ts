import { softmax } from '../../runtime/reference/math';

/** Loss of one row of logits and its slope by them, in nats. */
export interface RowLoss {
  loss: number;
  nll: number;
  /** KL(teacher ‖ student) at the temperature, not yet times its square. */
  kl: number;
  slope: Float64Array;
}

/**
 * (1 − w)·NLL + w·T²·KL(teacher ‖ student), both distributions softened by the temperature T (Hinton, Vinyals and Dean
 * 2015, arXiv 1503.02531, section 2.1: T² keeps the two gradients of one size).
 * @param target the right class
 */
export function rowLoss(
  logits: ArrayLike<number>,
  target: number,
  distillation?: { weight: number; temperature: number; teacher: ArrayLike<number> },
): RowLoss {
  const own = softmax(Array.from(logits));
  const nll = logSumExp(Array.from(logits)) - logits[target];
  const slope = Float64Array.from(own, (p, i) => p - (i === target ? 1 : 0));
  if (!distillation) return { loss: nll, nll, kl: 0, slope };
  const { weight, temperature: t } = distillation;
  const student = Array.from(logits, (v) => v / t);
  const teacher = Array.from(distillation.teacher, (v) => v / t);
  const [q, p] = [softmax(student), softmax(teacher)];
  const gap = p.reduce((sum, value, i) => sum + value * (teacher[i] - student[i]), 0);
  const kl = gap + logSumExp(student) - logSumExp(teacher);
  return {
    loss: (1 - weight) * nll + weight * t * t * kl,
    nll,
    kl,
    slope: slope.map((s, i) => (1 - weight) * s + weight * t * (q[i] - p[i])),
  };
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}
