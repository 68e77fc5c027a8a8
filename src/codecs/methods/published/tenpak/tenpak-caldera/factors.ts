import { halfBytes, halfValues, toHalf, type HalfRounding } from '../../../../kit/halves';
import type { MatrixShape } from '../../../../contract/codec';
import type { Parts } from '../../../../contract/parts';
import type { Factors } from '../../../../kit/tenpak/lowRank/lowRank';
import type { LowRank } from '../../../../kit/tenpak/lowRank/lowRankReference';

const LEVELS = 255;
/** Values that differ by no more share one code. */
const FLAT = 1e-8;

/** An 8-bit matrix: value ≈ code · step + low. */
interface Bytes {
  codes: Uint8Array;
  step: number;
  low: number;
}

const norm = (v: Float64Array) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

/** L = U·√S [rows, rank] and V·√S [columns, rank] from u = A·v, whose norm is the singular value. */
export function balancedFactors(
  { left, right }: LowRank,
  rank: number,
): { left: Float32Array; right: Float32Array } {
  const rows = left.length / rank;
  const roots = Float64Array.from({ length: rank }, (_, k) =>
    Math.sqrt(norm(left.subarray(k * rows, (k + 1) * rows))),
  );
  const byItem = (source: Float64Array, factor: (k: number) => number) => {
    const items = source.length / rank;
    return Float32Array.from(source, (_, at) => {
      const [item, k] = [Math.floor(at / rank), at % rank];
      return source[k * items + item] * factor(k);
    });
  };
  return {
    left: byItem(left, (k) => (roots[k] === 0 ? 0 : 1 / roots[k])),
    right: byItem(right, (k) => roots[k]),
  };
}

/** Min-max in 256 steps; codes from the float32 range (faithful) or from the stored halves. */
function quantise(values: Float32Array, faithful: boolean): Bytes {
  const low = values.reduce((a, b) => Math.min(a, b));
  const width = values.reduce((a, b) => Math.max(a, b)) - low;
  const step = width <= FLAT ? 1 : width / LEVELS;
  const range = faithful ? { step, low } : { step: toHalf(step, 'nearest'), low: toHalf(low, 'nearest') };
  const code = (x: number) => (range.step === 0 ? 0 : Math.floor((x - range.low) / range.step + 0.5));
  return { codes: Uint8Array.from(values, (x) => Math.max(0, Math.min(LEVELS, code(x)))), ...range };
}

/** The parts `left`, `right` and `ranges`. */
export function storeFactors(found: LowRank, rank: number, faithful: boolean): Parts {
  const factors = balancedFactors(found, rank);
  const [left, right] = [quantise(factors.left, faithful), quantise(factors.right, faithful)];
  const rounding: HalfRounding = faithful ? 'cut' : 'nearest';
  return new Map([
    ['left', left.codes],
    ['right', right.codes],
    ['ranges', halfBytes([left.step, left.low, right.step, right.low], rounding)],
  ]);
}

/** The factors as stored: left [rows, rank], right [rank, columns]. */
export function storedFactors(parts: Parts, rank: number, [, columns]: MatrixShape): Factors {
  const [leftStep, leftLow, rightStep, rightLow] = halfValues(parts.get('ranges')!);
  const right = parts.get('right')!;
  return {
    rank,
    left: Float32Array.from(parts.get('left')!, (code) => code * leftStep + leftLow),
    right: Float32Array.from(
      { length: right.length },
      (_, at) => right[(at % columns) * rank + Math.floor(at / columns)] * rightStep + rightLow,
    ),
  };
}

/** The factors the residual is taken against: as found in float32 (faithful), or as stored. */
export function codingFactors(
  found: LowRank,
  stored: Parts,
  rank: number,
  shape: MatrixShape,
  faithful: boolean,
): Factors {
  if (!faithful) return storedFactors(stored, rank, shape);
  const { left, right } = balancedFactors(found, rank);
  const columns = shape[1];
  return { rank, left, right: right.map((_, at) => right[(at % columns) * rank + Math.floor(at / columns)]) };
}
