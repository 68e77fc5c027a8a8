import { readCode } from '../bits';
import type { CodecOptions, MatrixShape, Parts } from '../codec';
import { transformParts } from '../transform/layout';
import reference from '../transform/reference';
import type { RealBasisName } from './realBasis';

/** Gains in dB below this are chance. */
const MARGIN_DB = 0.1;
const BITS = [2, 3, 4, 5, 6, 7, 8];

/** What one basis gave on one tensor. */
export interface BasisArm {
  /** Stored bytes, everything counted. */
  bytes: number;
  /** ‖W − Ŵ‖ ÷ ‖W‖ */
  relativeL2: number;
}

export interface BasisVerdict {
  outcome: 'helps' | 'does-not-help' | 'no-difference' | 'not-comparable';
  /** Error of the identity over error of the basis at the same bytes, in dB: positive where the basis helps. */
  gainDb: number;
}

/**
 * Whether a basis helps on a tensor: its error against that of the identity at equal bytes, which lies on the line through the
 * control's two nearest sizes (logarithm of the error over bytes). Sizes no control reaches are `not-comparable`.
 * @param controls the identity at several widths, in any order
 */
export function basisVerdict(basis: BasisArm, controls: readonly BasisArm[]): BasisVerdict {
  const error = controlError(basis.bytes, controls);
  if (error === undefined) return { outcome: 'not-comparable', gainDb: NaN };
  const gainDb = error === basis.relativeL2 ? 0 : 20 * Math.log10(error / basis.relativeL2);
  if (Math.abs(gainDb) < MARGIN_DB) return { outcome: 'no-difference', gainDb };
  return { outcome: gainDb > 0 ? 'helps' : 'does-not-help', gainDb };
}

function controlError(bytes: number, controls: readonly BasisArm[]): number | undefined {
  const below = controls.filter((arm) => arm.bytes <= bytes).sort((a, b) => b.bytes - a.bytes)[0];
  const above = controls.filter((arm) => arm.bytes >= bytes).sort((a, b) => a.bytes - b.bytes)[0];
  if (!below || !above) return undefined;
  if (below.bytes === above.bytes) return below.relativeL2;
  const share = (bytes - below.bytes) / (above.bytes - below.bytes);
  return below.relativeL2 ** (1 - share) * above.relativeL2 ** share;
}

/**
 * The arm of a basis by the float64 reference of `transform`, with its codes counted at their order-0 entropy and two bytes of
 * table per symbol: a transform that gathers energy pays only through an entropy coder. For tensors, or samples of them, of
 * up to about 10⁶ weights.
 */
export function basisArm(
  values: Float32Array,
  shape: MatrixShape,
  basis: RealBasisName,
  options: CodecOptions,
): BasisArm {
  const all = { ...options, basis };
  const parts = reference.encode(values, shape, all);
  const decoded = reference.decode(parts, shape, all);
  const squares = (x: (i: number) => number) => values.reduce((sum, _, i) => sum + x(i) ** 2, 0);
  const energy = squares((i) => values[i]);
  return {
    bytes: entropyBytes(parts, shape, all) + parts.get('scales')!.length,
    relativeL2: energy === 0 ? 0 : Math.sqrt(squares((i) => values[i] - decoded[i]) / energy),
  };
}

/** The identity at every width: the controls of `basisVerdict`. */
export function identityArms(values: Float32Array, shape: MatrixShape, options: CodecOptions): BasisArm[] {
  return BITS.map((bits) => basisArm(values, shape, 'identity', { ...options, bits }));
}

function entropyBytes(parts: Parts, shape: MatrixShape, options: CodecOptions): number {
  const { rows, perRow, bits } = transformParts(shape, options)[0].symbols!;
  const codes = parts.get('codes')!;
  const counts = new Float64Array(2 ** bits);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < perRow; i++) counts[readCode(codes, (row * codes.length) / rows, i, bits)]++;
  const used = counts.filter((count) => count > 0);
  const information = used.reduce((sum, count) => sum - count * Math.log2(count / (rows * perRow)), 0);
  return Math.ceil(information / 8) + 2 * used.length;
}
