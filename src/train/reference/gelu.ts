import { erf } from '../../runtime/reference/math';

/** Returns the derivative of GELU(x), of the tanh form or of the exact one, Φ(x) + x·φ(x) (Hendrycks and Gimpel 2016). */
export function geluDerivative(x: number, form: 'tanh' | 'erf'): number {
  if (form === 'erf')
    return 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  const root = Math.sqrt(2 / Math.PI);
  const t = Math.tanh(root * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x);
}
