import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../base/random';
import { basis, BASIS_NAMES, goldenKernel, type BasisName } from './bases';
import { goldenGram } from './canonical';
import { cascadeReportedBits } from './cascade';
import { energies, keptSnr, topEnergy } from './compaction';
import { analyse, complexOf, synthesise, unitarityError } from './complexMatrix';
import { dft, inversePhaseFft, phaseFft } from './fft';
import { goldenQuasiPeriodic, goldenTones } from './signals';
import { rank } from './testing/rank';

const ONE_TO_EIGHT = complexOf([1, 2, 3, 4, 5, 6, 7, 8]);
const normal = (n: number, seed: number) => {
  const random = new KeyedRandom(seed, 77);
  return Float64Array.from({ length: n }, () => random.nextNormal());
};

test('the canonical RFT of (1 … 8) has the published coefficients and satisfies Parseval’s theorem', () => {
  const x = analyse(basis('canonical', 8), ONE_TO_EIGHT);
  expect(energies(x).reduce((sum, e) => sum + e, 0)).toBeCloseTo(204, 10);
  [-0.365712, -1.602269, -2.393525, -0.761418].forEach((value, i) => expect(x[i]).toBeCloseTo(value, 6));
});

test('the φ-phase FFT of (1 … 8) has the published coefficient and the moduli of the FFT', () => {
  const y = phaseFft(ONE_TO_EIGHT);
  expect(y[2]).toBeCloseTo(3.691979, 6);
  expect(y[3]).toBeCloseTo(-0.161697, 6);
  const plain = energies(dft(ONE_TO_EIGHT));
  energies(y).forEach((e, k) => expect(Math.abs(Math.sqrt(e) - Math.sqrt(plain[k]))).toBeLessThan(4e-15));
});

test.each([1, 2, 3, 7, 12, 33, 64, 130, 1031])(
  'the FFT of length %i equals the sum of its definition',
  (n) => {
    const x = normal(2 * n, n);
    const direct = analyse(basis('dft', n), x);
    dft(x).forEach((value, i) => expect(Math.abs(value - direct[i])).toBeLessThan(1e-11));
    inversePhaseFft(phaseFft(x)).forEach((value, i) => expect(Math.abs(value - x[i])).toBeLessThan(1e-12));
    const directPhase = analyse(basis('phase-fft', n), x);
    phaseFft(x).forEach((value, i) => expect(Math.abs(value - directPhase[i])).toBeLessThan(1e-11));
  },
);

test.each([
  [8, 0.542, 1.484],
  [16, 0.137, 1.76],
  [64, 0.0124, 1.84],
  [144, 0.522, 1.49],
  [256, 0.0043, 1.88],
])('the extreme eigenvalues of the golden Gram matrix of order %i are %f and %f', (n, min, max) => {
  const { values } = goldenGram(n);
  expect(Math.abs(values[0] / min - 1)).toBeLessThan(0.01);
  expect(Math.abs(values[n - 1] / max - 1)).toBeLessThan(0.005);
});

test.each(BASIS_NAMES)('%s is unitary to 1e-12, and synthesis inverts analysis', (name) => {
  for (const n of [1, 2, 8, 33, 64]) {
    const q = basis(name, n);
    expect(unitarityError(q), `order ${n}`).toBeLessThan(1e-12);
    const x = normal(2 * n, n);
    synthesise(q, analyse(q, x)).forEach((value, i) => expect(Math.abs(value - x[i])).toBeLessThan(1e-12));
  }
});

test('the canonical RFT of order 256 is unitary to 2e-12', () => {
  expect(unitarityError(basis('canonical', 256))).toBeLessThan(2e-12);
});

/** The share of the largest singular value below which others are lost in the eigenvalues of BᴴB. */
const RANK_TOLERANCE = 1e-8;

test.each([
  [64, 52],
  [256, 176],
])(
  'the golden kernel of order %i has numerical rank %i',
  (n, expected) => {
    expect(rank(goldenKernel(n), RANK_TOLERANCE)).toBe(expected);
  },
  60_000,
);

/** Averages a figure of merit of the coefficients in a basis of order 256 over 100 signals. */
function mean(
  name: BasisName,
  figure: (squares: Float64Array) => number,
  signal: (seed: number) => Float64Array,
) {
  const q = basis(name, 256);
  const figures = Array.from({ length: 100 }, (_, seed) => figure(energies(analyse(q, signal(seed)))));
  return figures.reduce((sum, value) => sum + value, 0) / figures.length;
}

test.each<[BasisName, number]>([
  ['identity', 0.431],
  ['dct', 0.431],
  ['dft', 0.323],
  ['phase-fft', 0.323],
  ['canonical', 0.323],
  ['golden-qr', 0.323],
])(
  'the top tenth of the coefficients of Gaussian weights in %s holds a share of %f of the energy',
  (name, expected) => {
    const share = mean(name, topEnergy, (seed) => complexOf(normal(256, seed)));
    expect(Math.abs(share - expected)).toBeLessThan(0.006);
  },
);

test('on complex golden tones with 10 % kept the canonical RFT is 4.6 dB better than the DFT', () => {
  const snr = (name: BasisName) => mean(name, keptSnr, (seed) => goldenTones(256, seed));
  expect(Math.abs(snr('canonical') - snr('dft') - 4.6)).toBeLessThan(0.8);
});

test.each<[BasisName, number]>([
  ['dct', 0.965],
  ['dft', 0.952],
  ['canonical', 0.934],
])('on real golden quasi-periodic signals %s compacts a share of %f of the energy', (name, expected) => {
  const share = mean(name, topEnergy, (seed) => complexOf(goldenQuasiPeriodic(256, seed)));
  expect(Math.abs(share - expected)).toBeLessThan(0.02);
});

test('on real golden quasi-periodic signals the DCT beats the canonical RFT', () => {
  const share = (name: BasisName) =>
    mean(name, topEnergy, (seed) => complexOf(goldenQuasiPeriodic(256, seed)));
  expect(share('dct')).toBeGreaterThan(share('canonical') + 0.01);
});

test('the H3 cascade reports 0.68 bits per sample for any signal', () => {
  const ramp = Float64Array.from({ length: 4096 }, (_, i) => i);
  for (const x of [normal(4096, 1), ramp, goldenQuasiPeriodic(4096, 1)])
    expect(Math.abs(cascadeReportedBits(x) - 0.68)).toBeLessThan(0.01);
});
