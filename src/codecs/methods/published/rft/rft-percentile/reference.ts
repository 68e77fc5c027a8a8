import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { forwardBlock, inverseBlock } from '../../../../kit/transforms/coding';
import { energies } from '../../../../kit/transforms/compaction';
import type { ComplexVector } from '../../../../kit/transforms/complexMatrix';
import { flatWeights } from '../../../../kit/transforms/flat';
import { rint } from '../../../../kit/transforms/polar';
import {
  joinStreams,
  percentileRank,
  rawStreams,
  readKeptCodes,
  type KeptCodes,
  type PaddedChunk,
  type PercentileLayout,
  type PercentileParts,
} from './layout';
import { storeOnly } from './zlib';

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/**
 * Rounds a modulus to 12 significant bits, so that the two coefficients of a conjugate pair tie, as in exact arithmetic, and are both
 * kept or both dropped.
 */
function coarse(modulus: number): number {
  floats[0] = modulus;
  words[0] = (words[0] + 0x800) & 0xfffff000;
  return floats[0];
}

/** Keeps the coefficients from the percentile of the moduli on, with one scale for real and imaginary parts. */
function keepLargest(c: ComplexVector, { percentile, levels }: PercentileLayout): KeptCodes {
  const moduli = energies(c).map((square) => coarse(Math.sqrt(square)));
  const sorted = moduli.slice().sort();
  const { low, share } = percentileRank(percentile, moduli.length);
  const above = sorted[Math.min(low + 1, moduli.length - 1)];
  const threshold = Math.fround(sorted[low] + share * (above - sorted[low]));
  const kept = Array.from(moduli.keys()).filter((k) => moduli[k] >= threshold);
  const peak = kept.reduce((max, k) => Math.max(max, Math.abs(c[2 * k]), Math.abs(c[2 * k + 1])), 0);
  const codes = (part: 0 | 1) =>
    Int16Array.from(kept, (k) => (peak === 0 ? 0 : rint((c[2 * k + part] / peak) * levels)));
  return { indices: Uint16Array.from(kept), real: codes(0), imaginary: codes(1), scale: peak / levels };
}

export const percentileReference: ReferenceDefinition<PercentileLayout, PercentileParts> = {
  /** Stores the streams uncompressed, because the output of zlib depends on the platform. */
  encode(values, layout) {
    const flat = flatWeights({ name: 'The matrix', values });
    const codes = layout.chunks.map((chunk) => {
      const block = new Float64Array(chunk.length);
      block.set(flat.subarray(chunk.first, chunk.first + chunk.weights));
      return keepLargest(forwardBlock('phase-fft', block), layout);
    });
    return joinStreams(
      codes,
      codes.flatMap((kept) => rawStreams(kept, layout.bits).map(storeOnly)),
    );
  },

  decode(parts, layout) {
    const { chunks } = layout;
    const values = new Float32Array(chunks.reduce((sum, { weights }) => sum + weights, 0));
    readKeptCodes('The matrix', parts, layout).forEach((kept, i) =>
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
