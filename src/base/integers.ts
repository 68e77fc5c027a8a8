/** Returns whether n is an integer power of two: 1, 2, 4, 8 and so on. */
export function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(n) && n > 0 && 2 ** Math.round(Math.log2(n)) === n;
}
