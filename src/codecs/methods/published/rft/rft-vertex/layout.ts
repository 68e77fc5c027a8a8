import { LabError } from '../../../../../base/errors';
import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartsOf } from '../../../../contract/parts';
import { isFast, MAX_DENSE, type CodingBasis } from '../../../../kit/transforms/coding';
import type { PolarScale } from '../../../../kit/transforms/polar';
import type meta from './meta';

/** The size beyond which a container may exceed the longest string of JavaScript engines. */
const MAX_CONTAINER_BYTES = 400e6;
/** The maximum bytes of the container per weight, per chunk, and per symbol of a table. */
const LOSSLESS_BYTES = 220;
const LOSSY_BYTES = 8;
const CHUNK_BYTES = 1000;
const SYMBOL_BYTES = 16;
/** The average bytes of a weight in the lossless mode. */
const TYPICAL_LOSSLESS = 150;

export type VertexOptions = OptionsOf<typeof meta>;

/** Sizes and settings of one tensor. */
export interface VertexLayout {
  shape: MatrixShape;
  weights: number;
  lossless: boolean;
  basis: CodingBasis;
  /** The number of weights that are transformed together. The last chunk may be shorter. */
  chunk: number;
  /** The scale by which lossy coefficients are rounded. */
  scale: PolarScale;
  /** Whether codes are entropy-coded. */
  rans: boolean;
  /** Whether the decoder reads the payload's bytes as the coder's 16-bit words, which is a defect of the published decoder. */
  ansAsBytes: boolean;
}

/** Makes the layout. @throws LabError bad-plan for a dense transform of long chunks; limit for a tensor whose document exceeds a string */
export function vertexLayout(shape: MatrixShape, options: VertexOptions): VertexLayout {
  const { mode, transform: basis, chunk, prune, amplitude, phase, entropy, ans } = options;
  const weights = shape[0] * shape[1];
  const lossless = mode === 'lossless';
  requireFast(basis, chunk);
  requireDocument(weights, lossless);
  return {
    ...{ shape, weights, lossless, basis, chunk },
    scale: { prune, amplitudeBits: amplitude, phaseBits: phase, refine: 0 },
    rans: entropy === 'rans',
    ansAsBytes: ans === 'bytes',
  };
}

/** Describes the one part `container`, the JSON document of the tensor in UTF-8, of variable length. */
export function vertexParts({ weights, lossless, chunk, scale, rans }: VertexLayout) {
  const symbols = 2 ** scale.amplitudeBits + 2 ** scale.phaseBits;
  const perChunk = CHUNK_BYTES + (rans ? SYMBOL_BYTES * symbols : 0);
  const perWeight = lossless ? LOSSLESS_BYTES : LOSSY_BYTES;
  const max = 2000 + weights * perWeight + Math.ceil(weights / chunk) * perChunk;
  return { container: part('codes', 'U8', [max], { variable: true, unpadded: true }) };
}

export type VertexParts = PartsOf<typeof vertexParts>;

function requireFast(basis: CodingBasis, chunk: number): void {
  if (isFast(basis) || chunk <= MAX_DENSE) return;
  throw new LabError(
    'bad-plan',
    `rft-vertex: the ${basis} basis of ${chunk} weights is a dense matrix that takes minutes to build.`,
    `Use a chunk of at most ${MAX_DENSE}, or transform=phase-fft.`,
  );
}

function requireDocument(weights: number, lossless: boolean): void {
  if (weights * (lossless ? TYPICAL_LOSSLESS : LOSSY_BYTES / 2) <= MAX_CONTAINER_BYTES) return;
  throw new LabError(
    'limit',
    `A tensor of ${weights} weights is too large for one JSON document of the vertex codec.`,
    lossless ? 'Use mode=lossy, or a smaller model.' : 'Use a smaller model.',
  );
}

/**
 * Bounds the error. A chunk of n weights up to m has coefficients up to m·√n. Each errs by less than twice the largest modulus, or by the
 * pruned modulus, and the inverse adds up √n of these errors. The defective decoder has the same bound.
 */
export function vertexErrorBound({ mode, chunk, prune }: VertexOptions): (largest: number) => number {
  const growth = Math.sqrt(chunk);
  if (mode === 'lossless') return (largest) => 1e-6 * largest + 2 ** -100;
  return (largest) => growth * (2 * growth * largest + prune) + 2 ** -100;
}
