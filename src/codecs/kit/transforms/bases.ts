import { KeyedRandom } from '../../../base/random';
import { canonicalRft, GOLDEN_RATIO } from './canonical';
import { complexZeros, fraction, phaseMatrix, realMatrix, type ComplexMatrix } from './complexMatrix';
import { phaseFactors } from './fft';
import { orthonormalise } from './householder';

/** The stream of the keyed generator from which Gaussian matrices are drawn. */
const GAUSSIAN_STREAM = 0x4aa5;

/** The width of the Gaussian window of the kernel variant, in blocks. */
const KERNEL_SIGMA = 0.5;

/** The seed of the chaotic variant in its source. */
const CHAOTIC_SEED = 42;

/**
 * The unitary bases of order n by name, in float64. Columns are the basis vectors, and coefficients are Qᴴx. Definitions and names are
 * those of QuantoniumOS, https://github.com/mandcony/quantoniumos. Four of its fourteen variants are included, one of each kind: a cubic
 * phase (harmonic), growing integer frequencies (fibonacci), a quadratic phase in both indices (geometric) and no structure (chaotic).
 * The others are mixtures of these, or the DFT with a smooth warp.
 */
const BUILDERS = {
  identity: (n) => realMatrix(n, (row, column) => (row === column ? 1 : 0)),
  dft: (n) =>
    phaseMatrix(
      n,
      (row, k) => ((row * k) % n) / n,
      () => 1 / Math.sqrt(n),
    ),
  dct: (n) => realMatrix(n, (row, k) => dctEntry(n, row, k)),
  hadamard: (n) => hadamard(n),
  random: (n, seed) => orthonormalise(gaussian(n, seed, false)),
  /** The orthonormalised e^{2πi·jk/(φn)}. It is numerically rank deficient, and its trailing columns are rounding of this QR. */
  'golden-qr': (n) => orthonormalise(goldenKernel(n)),
  'canonical-kernel': (n) => orthonormalise(windowedKernel(n)),
  canonical: canonicalRft,
  'phase-fft': (n) => phaseFftBasis(n),
  harmonic: (n) => orthonormalise(phaseMatrix(n, (j, k) => (j * k) / n + (0.25 * (j * k) ** 3) / n ** 2)),
  fibonacci: (n) => orthonormalise(fibonacciKernel(n)),
  geometric: (n) => orthonormalise(phaseMatrix(n, (j, k) => (j * k) / n + (j * j * k + j * k * k) / n ** 2)),
  /** A Haar-random matrix: the QR of a complex Gaussian matrix from seed 42 of the keyed generator (the source uses NumPy's). */
  chaotic: (n) => orthonormalise(gaussian(n, CHAOTIC_SEED, true)),
} as const satisfies Record<string, (n: number, seed: number) => ComplexMatrix>;

/** The name of a basis. */
export type BasisName = keyof typeof BUILDERS;
export const BASIS_NAMES = Object.keys(BUILDERS) as readonly BasisName[];

/** The maximum bytes of cached bases. */
const CACHE_BYTES = 64 * 2 ** 20;
const cache = new Map<string, ComplexMatrix>();

/**
 * Builds the basis of a block of n, in O(n³) except for closed forms, or takes it from the cache of recently used ones. `seed` is that of
 * `random`.
 */
export function basis(name: BasisName, n: number, seed = 1): ComplexMatrix {
  const key = `${name} ${n} ${seed}`;
  const built = cache.get(key) ?? BUILDERS[name](n, seed);
  cache.delete(key);
  cache.set(key, built);
  let bytes = [...cache.values()].reduce((sum, matrix) => sum + 16 * matrix.n ** 2, 0);
  for (const [oldest, matrix] of cache) {
    if (bytes <= CACHE_BYTES || oldest === key) break;
    bytes -= 16 * matrix.n ** 2;
    cache.delete(oldest);
  }
  return built;
}

/** Makes the kernel exp(2πi·(jk/φ)/n), which is not unitary. */
export function goldenKernel(n: number): ComplexMatrix {
  return phaseMatrix(n, (j, k) => (j * k) / GOLDEN_RATIO / n);
}

function dctEntry(n: number, row: number, k: number): number {
  return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * (2 * row + 1) * k) / (2 * n));
}

/** Makes a Sylvester matrix. For an order that is not a power of two it is the direct sum over the binary digits, largest first. */
function hadamard(n: number): ComplexMatrix {
  const matrix = complexZeros(n);
  for (let first = 0; first < n;) {
    const size = 2 ** Math.floor(Math.log2(n - first));
    for (let i = 0; i < size * size; i++) {
      const [row, column] = [Math.floor(i / size), i % size];
      const sign = parity(row & column) ? -1 : 1;
      matrix.re[(first + row) * n + first + column] = sign / Math.sqrt(size);
    }
    first += size;
  }
  return matrix;
}

function parity(bits: number): boolean {
  let odd = false;
  for (let rest = bits; rest; rest &= rest - 1) odd = !odd;
  return odd;
}

function windowedKernel(n: number): ComplexMatrix {
  return phaseMatrix(
    n,
    (j, k) => fraction(j / GOLDEN_RATIO) * fraction(k / GOLDEN_RATIO),
    (j, k) => Math.exp(-0.5 * ((j - k) / (KERNEL_SIGMA * n)) ** 2),
  );
}

/** Makes the kernel with phases 2πF_k·j/F_n, F_0 = F_1 = 1. From n = 78 on, where F_n exceeds exact integers, it uses limits of the ratios. */
function fibonacciKernel(n: number): ComplexMatrix {
  const ratio = Float64Array.from({ length: n }, (_, k) => GOLDEN_RATIO ** (k - n));
  const exact = fibonacciNumbers(n);
  return phaseMatrix(n, (j, k) => j * (n < 78 ? exact[k] / exact[n] : ratio[k]));
}

function fibonacciNumbers(n: number): number[] {
  const numbers = [1, 1];
  while (numbers.length <= n) numbers.push(numbers[numbers.length - 1] + numbers[numbers.length - 2]);
  return numbers;
}

function phaseFftBasis(n: number): ComplexMatrix {
  const turns = phaseFactors(n);
  const angles = Float64Array.from({ length: n }, (_, k) => Math.atan2(turns[2 * k + 1], turns[2 * k]));
  return phaseMatrix(
    n,
    (row, k) => ((row * k) % n) / n - angles[k] / (2 * Math.PI),
    () => 1 / Math.sqrt(n),
  );
}

function gaussian(n: number, seed: number, complex: boolean): ComplexMatrix {
  const random = new KeyedRandom(seed, GAUSSIAN_STREAM);
  const matrix = complexZeros(n);
  for (let i = 0; i < n * n; i++) {
    matrix.re[i] = random.nextNormal();
    if (complex) matrix.im[i] = random.nextNormal();
  }
  return matrix;
}
