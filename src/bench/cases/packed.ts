import { LabError } from '../../base/errors';
import type { CodedTensor } from '../../codecs/contract/codec';
import { resolveCodec } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { BenchContext } from '../context';
import type { Product } from '../reference';
import type { BenchCase } from '../types';
import { denseProduct, productCandidate, productFlops, seededProduct, type ProductShape } from './matmul';

/** Codecs with a multiplication straight from their codes. */
export const PACKED_CODECS = ['rtn(bits=4,group=32)', 'rtn(bits=8,group=32)', 'ternary'] as const;

/** Prefill and decoding. */
export const PACKED_SHAPES: readonly ProductShape[] = [
  [256, 768, 768],
  [1, 768, 3072],
];

/** Those of `codecs` that can multiply from their codes at all. */
export async function packedCodecs(codecs: readonly string[]): Promise<string[]> {
  const loaded = await Promise.all(codecs.map(async (text) => resolveCodec(parseCodec(text))));
  return codecs.filter((_, i) => loaded[i].linear !== undefined);
}

/** A product straight from packed codes, with our own dense float32 product as the other side. */
export function packedCase(context: BenchContext, codec: string, shape: ProductShape): BenchCase {
  const product = seededProduct(shape);
  return {
    name: `matmul ${codec}`,
    shape: shape.join('×'),
    unit: 'GFLOP/s',
    work: productFlops(shape),
    async ours(signal) {
      const { weight, decoded } = await packed(context, codec, product, signal);
      // Checked against what the codes mean, not against the weights they came from.
      return productCandidate(context, { ...product, w: decoded }, async () => weight);
    },
    peer: async () =>
      Object.assign(await denseProduct(context, product), { name: 'our own float32 product' }),
  };
}

async function packed(
  { gpu }: BenchContext,
  text: string,
  { n, k, w }: Product,
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
      `${text} has no product straight from its codes.`,
      'Choose options that have one.',
    );
  return { weight, decoded: codec.reference.decode(parts, shape, options) };
}
