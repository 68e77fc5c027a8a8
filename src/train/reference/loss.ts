import { softmax } from '../../runtime/reference/math';

/** The loss of a row of logits in nats, and its gradient. */
export interface RowLoss {
  loss: number;
  nll: number;
  /** KL(teacher ‖ student) at the temperature, before it is multiplied by T². */
  kl: number;
  /** Gradient with respect to the logits. */
  gradient: Float64Array;
}

/**
 * (1 − w)·NLL + w·T²·KL(teacher ‖ student) with both distributions softened by the temperature T (Hinton, Vinyals and Dean
 * 2015, arXiv 1503.02531, section 2.1; T² keeps the sizes of the two gradients comparable).
 * @param target index of the correct class
 */
export function rowLoss(
  logits: ArrayLike<number>,
  target: number,
  distillation?: { weight: number; temperature: number; teacher: ArrayLike<number> },
): RowLoss {
  const own = softmax(Array.from(logits));
  const nll = logSumExp(Array.from(logits)) - logits[target];
  const gradient = Float64Array.from(own, (p, i) => p - (i === target ? 1 : 0));
  if (!distillation) return { loss: nll, nll, kl: 0, gradient };
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
    gradient: gradient.map((d, i) => (1 - weight) * d + weight * t * (q[i] - p[i])),
  };
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}
