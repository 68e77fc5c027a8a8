import { complexZeros, fraction, type ComplexMatrix } from './complexMatrix';
import { symmetricEigen, type Eigen } from './symmetricEigen';

/** The golden ratio φ. */
export const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

/** The value to which smaller eigenvalues of the Gram matrix are raised. */
const EIGENVALUE_FLOOR = 1e-15;

/** Computes the frequencies f_k = frac((k + 1)·φ) of the canonical RFT, in cycles per sample. */
export function goldenFrequencies(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, k) => fraction((k + 1) * GOLDEN_RATIO));
}

/**
 * Decomposes the Gram matrix G = ΦᴴΦ of Φ[j, k] = e^{2πi·f_k·j} / √n. G = Dᴴ·S·D with the phases D = diag(e^{πi·f_k·(n−1)}) and the real
 * symmetric S[j, k] = sin(πnΔ) / (n·sin(πΔ)), Δ = f_k − f_j, whose eigenvalues and eigenvectors are returned.
 */
export function goldenGram(n: number): Eigen {
  const f = goldenFrequencies(n);
  const s = new Float64Array(n * n);
  for (let j = 0; j < n; j++)
    for (let k = 0; k < n; k++) {
      const angle = Math.PI * (f[k] - f[j]);
      s[j * n + k] = j === k ? 1 : Math.sin(n * angle) / (n * Math.sin(angle));
    }
  return symmetricEigen(s, n);
}

/**
 * Makes the canonical RFT Φ·G^{−1/2}, the symmetric (Löwdin) orthogonalisation of golden-ratio frequencies. Columns are basis vectors.
 * Sources: QuantoniumOS, https://github.com/mandcony/quantoniumos; Löwdin 1950, https://doi.org/10.1063/1.1747632
 */
export function canonicalRft(n: number): ComplexMatrix {
  const f = goldenFrequencies(n);
  const root = inverseSquareRoot(goldenGram(n), n);
  const matrix = complexZeros(n);
  // Φ·Dᴴ has the phases of frequencies about the middle of the block. Its product with S^{−1/2} is multiplied by D.
  for (let j = 0; j < n; j++) {
    const [sumRe, sumIm] = [new Float64Array(n), new Float64Array(n)];
    for (let l = 0; l < n; l++) {
      const angle = Math.PI * f[l] * (2 * j - (n - 1));
      const [c, s] = [Math.cos(angle) / Math.sqrt(n), Math.sin(angle) / Math.sqrt(n)];
      for (let k = 0; k < n; k++) {
        sumRe[k] += c * root[l * n + k];
        sumIm[k] += s * root[l * n + k];
      }
    }
    for (let k = 0; k < n; k++) {
      const [c, s] = [Math.cos(Math.PI * f[k] * (n - 1)), Math.sin(Math.PI * f[k] * (n - 1))];
      matrix.re[j * n + k] = sumRe[k] * c - sumIm[k] * s;
      matrix.im[j * n + k] = sumRe[k] * s + sumIm[k] * c;
    }
  }
  return matrix;
}

/** Computes V·Λ^{−1/2}·Vᵀ. */
function inverseSquareRoot({ values, vectors }: Eigen, n: number): Float64Array {
  const root = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const weight = 1 / Math.sqrt(Math.max(values[i], EIGENVALUE_FLOOR));
    const vector = vectors.subarray(i * n, (i + 1) * n);
    for (let row = 0; row < n; row++) {
      const factor = weight * vector[row];
      for (let column = 0; column < n; column++) root[row * n + column] += factor * vector[column];
    }
  }
  return root;
}
