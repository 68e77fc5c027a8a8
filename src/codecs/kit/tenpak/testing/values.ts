import { KeyedRandom } from '../../../../base/random';

/** Draws standard normal values. */
export function gaussian(count: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 0xe8);
  return Float32Array.from({ length: count }, () => random.nextNormal());
}

/** Makes normal weights [64, 96], and a matrix of rank 3 with 0.3 times those weights as noise. */
export function lowRankCase() {
  const shape = [64, 96] as const;
  const [rows, columns] = shape;
  const noise = gaussian(rows * columns, 4);
  const [a, b] = [gaussian(rows * 3, 5), gaussian(3 * columns, 6)];
  const structured = noise.map((w, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return 0.3 * w + [0, 1, 2].reduce((sum, k) => sum + 3 * a[row * 3 + k] * b[k * columns + column], 0);
  });
  return { shape, noise, structured };
}

/** Computes ‖W − Ŵ‖² ÷ ‖W‖². */
export function relativeError(values: ArrayLike<number>, decoded: ArrayLike<number>): number {
  let [error, energy] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    error += (values[i] - decoded[i]) ** 2;
    energy += values[i] ** 2;
  }
  return error / energy;
}
