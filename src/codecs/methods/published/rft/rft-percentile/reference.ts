import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { forwardBlock, inverseBlock } from '../../../../kit/transforms/coding';
import { energies } from '../../../../kit/transforms/compaction';
import type { ComplexVector } from '../../../../kit/transforms/complexMatrix';
import { flatWeights } from '../../../../kit/transforms/flat';
import { rint } from '../../../../kit/transforms/polar';
import {
  joinParts,
  percentileRank,
  rawStreams,
  readParts,
  type KeptCodes,
  type PaddedChunk,
  type PercentileLayout,
  type PercentileParts,
} from './layout';
import { storeOnly } from './zlib';

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/**
 * A modulus with 12 significant bits: so the two of a conjugate pair tie, as they do in exact arithmetic, and both are kept or
 * dropped whatever the rounding of the transform.
 */
function coarse(modulus: number): number {
  floats[0] = modulus;
  words[0] = (words[0] + 0x800) & 0xfffff000;
  return floats[0];
}

/** Keeps coefficients at or above the percentile of the moduli; one scale for real and imaginary parts. */
function keepLargest(c: ComplexVector, { percentile, levels }: PercentileLayout): KeptCodes {
  const moduli = energies(c).map((square) => coarse(Math.sqrt(square)));
  const sorted = moduli.slice().sort();
  const { low, share } = percentileRank(percentile, moduli.length);
  const above = sorted[Math.min(low + 1, moduli.length - 1)];
  const threshold = Math.fround(sorted[low] + share * (above - sorted[low]));
  const kept = Array.from(moduli.keys()).filter((k) => moduli[k] >= threshold);
  const most = kept.reduce((top, k) => Math.max(top, Math.abs(c[2 * k]), Math.abs(c[2 * k + 1])), 0);
  const codes = (part: 0 | 1) =>
    Int16Array.from(kept, (k) => (most === 0 ? 0 : rint((c[2 * k + part] / most) * levels)));
  return { indices: Uint16Array.from(kept), real: codes(0), imaginary: codes(1), scale: most / levels };
}

export const percentileReference: ReferenceDefinition<PercentileLayout, PercentileParts> = {
  /** Its streams are stored uncompressed: what zlib makes of them depends on the platform. */
  encode(values, layout) {
    const flat = flatWeights({ name: 'The matrix', values });
    const codes = layout.chunks.map((chunk) => {
      const block = new Float64Array(chunk.length);
      block.set(flat.subarray(chunk.first, chunk.first + chunk.weights));
      return keepLargest(forwardBlock('phase-fft', block), layout);
    });
    return joinParts(
      codes,
      codes.flatMap((kept) => rawStreams(kept, layout.bits).map(storeOnly)),
    );
  },

  decode(parts, layout) {
    const { chunks } = layout;
    const values = new Float32Array(chunks.reduce((sum, { weights }) => sum + weights, 0));
    readParts('The matrix', parts, layout).forEach((kept, i) =>
      values.set(decodeChunk(kept, chunks[i]), chunks[i].first),
    );
    return values;
  },
};

function decodeChunk({ indices, real, imaginary, scale }: KeptCodes, chunk: PaddedChunk): Float64Array {
  const c = new Float64Array(2 * chunk.length);
  indices.forEach((k, i) => {
    c[2 * k] = real[i] * scale;
    c[2 * k + 1] = imaginary[i] * scale;
  });
  return inverseBlock('phase-fft', c).subarray(0, chunk.weights);
}
