/** A square complex matrix of order n in float64, row-major: entry (row, column) at row·n + column. */
export interface ComplexMatrix {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Makes a zero matrix. */
export function complexZeros(n: number): ComplexMatrix {
  return { n, re: new Float64Array(n * n), im: new Float64Array(n * n) };
}

/** Makes the matrix of entries e^{2πi·turns(row, column)} · size(row, column). */
export function phaseMatrix(
  n: number,
  turns: (row: number, column: number) => number,
  size: (row: number, column: number) => number = () => 1,
): ComplexMatrix {
  const matrix = complexZeros(n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      const angle = 2 * Math.PI * fraction(turns(row, column));
      matrix.re[row * n + column] = size(row, column) * Math.cos(angle);
      matrix.im[row * n + column] = size(row, column) * Math.sin(angle);
    }
  return matrix;
}

/** Makes a real matrix from its entries. */
export function realMatrix(n: number, entry: (row: number, column: number) => number): ComplexMatrix {
  const matrix = complexZeros(n);
  for (let i = 0; i < n * n; i++) matrix.re[i] = entry(Math.floor(i / n), i % n);
  return matrix;
}

/** Computes x − ⌊x⌋. */
export function fraction(x: number): number {
  return x - Math.floor(x);
}

/** Computes the largest |entry| of QᴴQ − I. */
export function unitarityError({ n, re, im }: ComplexMatrix): number {
  let largest = 0;
  for (let a = 0; a < n; a++)
    for (let b = a; b < n; b++) {
      let [sumRe, sumIm] = [a === b ? -1 : 0, 0];
      for (let row = 0; row < n; row++) {
        const [i, j] = [row * n + a, row * n + b];
        sumRe += re[i] * re[j] + im[i] * im[j];
        sumIm += re[i] * im[j] - im[i] * re[j];
      }
      largest = Math.max(largest, Math.hypot(sumRe, sumIm));
    }
  return largest;
}

/** An interleaved complex vector: re, im, re, im, … */
export type ComplexVector = Float64Array;

/** Computes y = Qᴴ x for a complex x [2n]. */
export function analyse({ n, re, im }: ComplexMatrix, x: ArrayLike<number>): ComplexVector {
  const y = new Float64Array(2 * n);
  for (let row = 0; row < n; row++) {
    const [a, b] = [x[2 * row], x[2 * row + 1]];
    for (let k = 0; k < n; k++) {
      const i = row * n + k;
      y[2 * k] += re[i] * a + im[i] * b;
      y[2 * k + 1] += re[i] * b - im[i] * a;
    }
  }
  return y;
}

/** Computes x = Q y for a complex y [2n]. */
export function synthesise({ n, re, im }: ComplexMatrix, y: ArrayLike<number>): ComplexVector {
  const x = new Float64Array(2 * n);
  for (let row = 0; row < n; row++) {
    let [sumRe, sumIm] = [0, 0];
    for (let k = 0; k < n; k++) {
      const i = row * n + k;
      sumRe += re[i] * y[2 * k] - im[i] * y[2 * k + 1];
      sumIm += re[i] * y[2 * k + 1] + im[i] * y[2 * k];
    }
    x[2 * row] = sumRe;
    x[2 * row + 1] = sumIm;
  }
  return x;
}

/** Converts real to complex numbers. */
export function complexOf(values: ArrayLike<number>): ComplexVector {
  const x = new Float64Array(2 * values.length);
  for (let i = 0; i < values.length; i++) x[2 * i] = values[i];
  return x;
}
