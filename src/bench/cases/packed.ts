import { LabError } from '../../base/errors';
import type { CodedTensor } from '../../codecs/contract/codec';
import { resolveCodec } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { BenchContext } from '../context';
import type { MatmulProblem } from '../reference';
import type { BenchCase } from '../types';
import { denseProduct, productCandidate, productFlops, seededProduct, type ProductShape } from './matmul';

/** Codecs that can multiply directly from their codes. */
export const PACKED_CODECS = ['rtn(bits=4,group=32)', 'rtn(bits=8,group=32)', 'ternary'] as const;

/** The shapes of a prefill and of a decoding step. */
export const PACKED_SHAPES: readonly ProductShape[] = [
  [256, 768, 768],
  [1, 768, 3072],
];

/** Returns those of `codecs` that can multiply directly from their codes. */
export async function packedCodecs(codecs: readonly string[]): Promise<string[]> {
  const loaded = await Promise.all(codecs.map(async (text) => resolveCodec(parseCodec(text))));
  return codecs.filter((_, i) => loaded[i].linear !== undefined);
}

/** Returns a case of a product directly from packed codes, with our dense float32 product as the other side. */
export function packedCase(context: BenchContext, codec: string, shape: ProductShape): BenchCase {
  const product = seededProduct(shape);
  return {
    name: `matmul ${codec}`,
    shape: shape.join('×'),
    unit: 'GFLOP/s',
    work: productFlops(shape),
    async ours(signal) {
      const { weight, decoded } = await packed(context, codec, product, signal);
      // The result is checked against the decoded weights, not against the original ones.
      return productCandidate(context, { ...product, w: decoded }, async () => weight);
    },
    peer: async () =>
      Object.assign(await denseProduct(context, product), { name: 'our own float32 product' }),
  };
}

async function packed(
  { gpu }: BenchContext,
  text: string,
  { n, k, w }: MatmulProblem,
  signal?: AbortSignal,
): Promise<{ weight: LinearWeight; decoded: Float32Array }> {
  const spec = parseCodec(text);
  const { options } = spec;
  const codec = await resolveCodec(spec);
  const shape = [n, k] as const;
  const context = { gpu, seed: 0, signal };
  const parts = await codec.encode({ name: 'benchmark W', shape, values: w }, options, context);
  const stored: CodedTensor = { name: 'benchmark W', shape, options, parts };
  const weight = await codec.linear?.(stored, context);
  if (!weight)
    throw new LabError(
      'unsupported',
      `${text} cannot multiply directly from its codes.`,
      'Choose options with which it can.',
    );
  return { weight, decoded: codec.reference.decode(parts, shape, options) };
}
