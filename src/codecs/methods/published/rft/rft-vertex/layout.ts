import { LabError } from '../../../../../base/errors';
import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { isFast, MAX_DENSE, type CodingBasis } from '../../../../kit/transforms/coding';
import type { PolarScale } from '../../../../kit/transforms/polar';

/** A container beyond this is no longer one JSON string everywhere. */
const MAX_CONTAINER_BYTES = 400e6;
/** Most bytes the container can take: per weight, per chunk, per symbol of a table. */
const LOSSLESS_BYTES = 220;
const LOSSY_BYTES = 8;
const CHUNK_BYTES = 1000;
const SYMBOL_BYTES = 16;
/** Bytes a record of the lossless mode takes on average. */
const TYPICAL_LOSSLESS = 150;

/**
 * One part, `container`: the JSON document of the tensor, UTF-8, as long as it happens to be.
 * @throws LabError bad-plan for a dense transform with long chunks; limit for a tensor whose document would not fit a string
 */
export function vertexParts([rows, columns]: MatrixShape, options: CodecOptions): PartLayout[] {
  checkTransform(options);
  const weights = rows * columns;
  const lossless = options.mode === 'lossless';
  if (weights * (lossless ? TYPICAL_LOSSLESS : LOSSY_BYTES / 2) > MAX_CONTAINER_BYTES)
    throw new LabError(
      'limit',
      `A tensor of ${weights} weights is too large for one JSON document of the vertex codec.`,
      lossless ? 'Use mode=lossy, or a smaller model.' : 'Use a smaller model.',
    );
  const chunks = Math.ceil(weights / Number(options.chunk));
  const symbols = 2 ** Number(options.amplitude) + 2 ** Number(options.phase);
  const perChunk = CHUNK_BYTES + (options.entropy === 'rans' ? SYMBOL_BYTES * symbols : 0);
  const most = 2000 + weights * (lossless ? LOSSLESS_BYTES : LOSSY_BYTES) + chunks * perChunk;
  return [{ suffix: 'container', kind: 'codes', dtype: 'U8', shape: [most], variable: true, unpadded: true }];
}

function checkTransform({ transform, chunk }: CodecOptions): void {
  if (isFast(transform as CodingBasis) || Number(chunk) <= MAX_DENSE) return;
  throw new LabError(
    'bad-plan',
    `rft-vertex: the ${transform} basis of ${chunk} is a dense matrix that takes minutes to build.`,
    `Use a chunk of at most ${MAX_DENSE}, or transform=phase-fft.`,
  );
}

export function polarScale({ prune, amplitude, phase }: CodecOptions): PolarScale {
  return { prune: Number(prune), amplitudeBits: Number(amplitude), phaseBits: Number(phase), refine: 0 };
}

/**
 * A chunk of n weights up to m has coefficients up to m·√n, each off by less than twice its largest modulus or by what pruning
 * drops; the inverse adds √n of them. The defective decoder stays within the same.
 */
export function vertexErrorBound(options: CodecOptions): (largest: number) => number {
  const n = Number(options.chunk);
  if (options.mode === 'lossless') return (largest) => 1e-6 * largest + 2 ** -100;
  return (largest) => Math.sqrt(n) * (2 * Math.sqrt(n) * largest + Number(options.prune)) + 2 ** -100;
}
