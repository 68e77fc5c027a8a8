const STEP = 1e-5;

/**
 * Returns the gradient of a scalar function by central differences, (f(x + h) − f(x − h)) ÷ 2h with h = 1e-5 · max(1, |x|).
 * The error is of order h² from curvature and 1e-16 ÷ h from rounding.
 */
export function centralDifferences(f: (x: Float64Array) => number, at: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(at);
  return x.map((value, i) => {
    const h = STEP * Math.max(1, Math.abs(value));
    const [above, below] = [value + h, value - h].map((moved) => {
      x[i] = moved;
      return f(x);
    });
    x[i] = value;
    return (above - below) / (2 * h);
  });
}
